//! Logsources: which rules are about CloudTrail.

use crate::yaml::Node;

/// Which Sigma rules a run takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Applies {
    /// Those whose logsource is CloudTrail.
    #[default]
    ByLogsource,
    /// All, whatever their logsource says.
    Any,
}

/// What a document says of the log that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Logsource {
    product: Option<String>,
    service: Option<String>,
    category: Option<String>,
}

impl Logsource {
    /// That of a document; all parts absent where it says nothing.
    pub(crate) fn of(document: &Node) -> Logsource {
        let part = |key: &str| {
            let text = document.get("logsource")?.get(key)?.as_text()?;
            Some(text.trim().to_lowercase())
        };
        Logsource {
            product: part("product"),
            service: part("service"),
            category: part("category"),
        }
    }

    /// Whether CloudTrail is meant. Rules about AWS that name no service are taken to
    /// mean it: it is the log in which AWS writes what is called.
    pub(crate) fn is_cloudtrail(&self) -> bool {
        let aws = self.product.as_deref() == Some("aws");
        match self.service.as_deref() {
            Some("cloudtrail") => aws || self.product.is_none(),
            Some(_) => false,
            None => aws,
        }
    }

    /// Whether a rule of the other logsource may be meant by a filter of this one:
    /// what this says, the other says too. Under `--logsource any` none is asked.
    pub(crate) fn covers(&self, other: &Logsource) -> bool {
        let same = |own: &Option<String>, others: &Option<String>| own.is_none() || own == others;
        same(&self.product, &other.product)
            && same(&self.service, &other.service)
            && same(&self.category, &other.category)
    }

    /// For people: `product windows, service security`.
    pub(crate) fn describe(&self) -> String {
        let parts = [
            ("product", &self.product),
            ("service", &self.service),
            ("category", &self.category),
        ];
        let said: Vec<String> = parts
            .iter()
            .filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?)))
            .collect();
        match said.is_empty() {
            true => "no logsource".to_owned(),
            false => said.join(", "),
        }
    }
}
