//! Writes Parquet files of JSON objects: optional fields in groups, and maps of texts.

use std::sync::Arc;

use parquet::basic::{Compression, Type as Physical, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde_json::Value;

/// Values of one column with their levels.
#[derive(Default)]
struct Column {
    values: Vec<Value>,
    definition: Vec<i16>,
    repetition: Vec<i16>,
}

/// A file of some rows, `group` of them in each row group.
pub fn file(schema: &str, rows: &[Value], group: usize) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .build();
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap();
    let columns = writer.schema_descr().columns().to_vec();
    for rows in rows.chunks(group) {
        let mut writer = writer.next_row_group().unwrap();
        for description in &columns {
            let mut column = Column::default();
            for row in rows {
                column.add(row, description.path().parts());
            }
            let mut writer = writer.next_column().unwrap().unwrap();
            let levels = (Some(&column.definition[..]), Some(&column.repetition[..]));
            let values = &column.values;
            match description.physical_type() {
                Physical::BOOLEAN => {
                    let values: Vec<bool> = values.iter().map(|v| v.as_bool().unwrap()).collect();
                    let typed = writer.typed::<BoolType>();
                    typed.write_batch(&values, levels.0, levels.1).unwrap();
                }
                Physical::INT64 => {
                    let values: Vec<i64> = values.iter().map(|v| v.as_i64().unwrap()).collect();
                    let typed = writer.typed::<Int64Type>();
                    typed.write_batch(&values, levels.0, levels.1).unwrap();
                }
                _ => {
                    let bytes = |v: &Value| ByteArray::from(v.as_str().unwrap());
                    let values: Vec<ByteArray> = values.iter().map(bytes).collect();
                    let typed = writer.typed::<ByteArrayType>();
                    typed.write_batch(&values, levels.0, levels.1).unwrap();
                }
            }
            writer.close().unwrap();
        }
        writer.close().unwrap();
    }
    writer.into_inner().unwrap()
}

impl Column {
    fn add(&mut self, row: &Value, path: &[String]) {
        let mut value = row;
        for (level, key) in path.iter().enumerate() {
            if key == "key_value" {
                let wants_key = path[level + 1] == "key";
                return self.entries(value, level as i16, wants_key);
            }
            match value.get(key).filter(|value| !value.is_null()) {
                Some(inner) => value = inner,
                None => return self.level(level as i16, 0),
            }
        }
        self.values.push(value.clone());
        self.level(path.len() as i16, 0);
    }

    fn entries(&mut self, map: &Value, level: i16, wants_key: bool) {
        let entries = map.as_object().unwrap();
        if entries.is_empty() {
            return self.level(level, 0);
        }
        for (index, (key, value)) in entries.iter().enumerate() {
            let (value, definition) = match wants_key {
                true => (Value::from(key.as_str()), level + 1),
                false => (value.clone(), level + 2),
            };
            self.values.push(value);
            self.level(definition, i16::from(index > 0));
        }
    }

    fn level(&mut self, definition: i16, repetition: i16) {
        self.definition.push(definition);
        self.repetition.push(repetition);
    }
}
