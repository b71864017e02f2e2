//! IP addresses and networks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// A network in CIDR form, without host bits. A bare address is a network of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network(IpNet);

/// Why a text is no network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkError {
    /// Neither an address nor a network.
    NotANetwork,
    /// A prefix longer than the address.
    PrefixTooLong {
        /// The longest one possible: 32 or 128.
        longest: u8,
    },
    /// Bits are set beyond the prefix.
    HostBits {
        /// The network that is probably meant.
        network: Network,
    },
}

impl Network {
    /// Reads a network of a rule: host bits are an error there.
    ///
    /// # Errors
    /// Says which of the three things is wrong.
    pub fn parse(text: &str) -> Result<Network, NetworkError> {
        let network = read(text)?;
        if network.network() != network.addr() {
            return Err(NetworkError::HostBits {
                network: Network(normalise(network.trunc())),
            });
        }
        Ok(Network(normalise(network)))
    }

    /// Reads an address or a network as an event holds it: host bits are
    /// dropped, as AWS does. `None` for anything else, such as `AWS Internal`
    /// or an address whose octets have leading zeros.
    pub fn of_event(text: &str) -> Option<Network> {
        read(text)
            .ok()
            .map(|network| Network(normalise(network.trunc())))
    }

    /// Whether `other` lies wholly inside this network.
    pub fn contains(&self, other: &Network) -> bool {
        match (&self.0, &other.0) {
            (IpNet::V4(outer), IpNet::V4(inner)) => outer.contains(inner),
            (IpNet::V6(outer), IpNet::V6(inner)) => outer.contains(inner),
            _ => false,
        }
    }

    /// The prefix length: 0 to 32, or 0 to 128.
    pub fn prefix_length(&self) -> u8 {
        self.0.prefix_len()
    }

    pub(crate) fn is_v4(&self) -> bool {
        matches!(self.0, IpNet::V4(_))
    }

    /// The network of that prefix length that this one lies in; `None` where its
    /// own prefix is shorter.
    pub(crate) fn widened(&self, prefix_length: u8) -> Option<Network> {
        let own = self.0.prefix_len();
        let wider = (prefix_length <= own).then(|| IpNet::new(self.0.addr(), prefix_length));
        Some(Network(wider?.ok()?.trunc()))
    }

    /// The address, if this is a network of one.
    pub fn address(&self) -> Option<IpAddr> {
        (self.0.prefix_len() == self.0.max_prefix_len()).then(|| self.0.addr())
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

fn read(text: &str) -> Result<IpNet, NetworkError> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(IpNet::from(address));
    }
    let (address, prefix) = text.split_once('/').ok_or(NetworkError::NotANetwork)?;
    let address: IpAddr = address.parse().map_err(|_| NetworkError::NotANetwork)?;
    // `+8` and `08` parse as numbers but are no prefix lengths.
    let digits = !prefix.is_empty() && prefix.bytes().all(|b| b.is_ascii_digit());
    if !digits || (prefix.len() > 1 && prefix.starts_with('0')) {
        return Err(NetworkError::NotANetwork);
    }
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let too_long = NetworkError::PrefixTooLong { longest };
    let prefix: u8 = prefix.parse().map_err(|_| too_long.clone())?;
    IpNet::new(address, prefix).map_err(|_| too_long)
}

/// `::ffff:192.0.2.0/120` is `192.0.2.0/24`; shorter mapped prefixes stay IPv6.
fn normalise(network: IpNet) -> IpNet {
    if let IpNet::V6(v6) = network
        && let Some(v4) = v6.addr().to_ipv4_mapped()
        && let Some(prefix) = v6.prefix_len().checked_sub(96)
        && let Ok(v4) = Ipv4Net::new(v4, prefix)
    {
        return IpNet::V4(v4);
    }
    network
}

/// Addresses that the public internet does not route to a host: private use
/// (RFC 1918), shared address space (RFC 6598), loopback, link-local, and
/// unique local IPv6 (RFC 4193).
const PRIVATE_V4: [(Ipv4Addr, u8); 6] = [
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
];
const PRIVATE_V6: [(Ipv6Addr, u8); 3] = [
    (Ipv6Addr::LOCALHOST, 128),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
];

/// Whether `is: private_ip` holds for an address.
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => PRIVATE_V4
            .iter()
            .any(|&(net, len)| Ipv4Net::new(net, len).is_ok_and(|net| net.contains(&v4))),
        IpAddr::V6(v6) => PRIVATE_V6
            .iter()
            .any(|&(net, len)| Ipv6Net::new(net, len).is_ok_and(|net| net.contains(&v6))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> Network {
        Network::parse(text).unwrap()
    }

    #[test]
    fn a_prefix_that_is_too_long_and_host_bits_are_told_apart() {
        assert_eq!(
            Network::parse("10.0.0.0/33"),
            Err(NetworkError::PrefixTooLong { longest: 32 })
        );
        assert_eq!(
            Network::parse("::/129"),
            Err(NetworkError::PrefixTooLong { longest: 128 })
        );
        assert_eq!(
            Network::parse("10.0.0.1/8"),
            Err(NetworkError::HostBits {
                network: net("10.0.0.0/8")
            })
        );
        for text in [
            "",
            "x",
            "10.0.0/8",
            "010.0.0.1",
            "10.0.0.0/08",
            "10.0.0.0/+8",
            "10.0.0.0/",
        ] {
            assert_eq!(
                Network::parse(text),
                Err(NetworkError::NotANetwork),
                "{text}"
            );
        }
    }

    #[test]
    fn a_network_contains_addresses_and_networks_wholly_inside() {
        let ten = net("10.0.0.0/8");
        assert!(ten.contains(&net("10.1.2.3")));
        assert!(ten.contains(&net("10.1.0.0/16")));
        assert!(ten.contains(&ten));
        assert!(!ten.contains(&net("0.0.0.0/0")));
        assert!(!ten.contains(&net("::/0")));
    }

    #[test]
    fn mapped_ipv6_is_ipv4() {
        assert!(net("10.0.0.0/8").contains(&Network::of_event("::ffff:10.1.2.3").unwrap()));
        assert_eq!(net("::ffff:10.0.0.0/104"), net("10.0.0.0/8"));
    }

    #[test]
    fn what_is_no_address_is_none() {
        for text in [
            "AWS Internal",
            "s3.amazonaws.com",
            "075.050.255.67",
            "30.*.0.210",
            "",
        ] {
            assert_eq!(Network::of_event(text), None, "{text}");
        }
    }

    #[test]
    fn private_addresses_are_those_the_internet_does_not_route() {
        for text in [
            "10.0.0.1",
            "172.31.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "127.0.0.1",
            "fd00::1",
        ] {
            assert!(is_private(text.parse().unwrap()), "{text}");
        }
        for text in [
            "172.32.0.1",
            "8.8.8.8",
            "192.0.2.1",
            "2001:db8::1",
            "100.128.0.1",
        ] {
            assert!(!is_private(text.parse().unwrap()), "{text}");
        }
    }
}
