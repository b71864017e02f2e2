//! The generator's own numbers: the same on every machine and for ever.

/// SplitMix64.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The stream of one seed; streams of near seeds have nothing in common.
    pub fn new(seed: u64) -> Self {
        let mut random = Random(seed.wrapping_mul(0xd134_2543_de82_ef95));
        random.next();
        random
    }

    /// 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, which is far below 2^32.
    pub fn below(&mut self, limit: usize) -> usize {
        (((self.next() >> 32) * limit as u64) >> 32) as usize
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of the items, all alike.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// One of the items, the early ones far more often: a few principals,
    /// addresses and buckets make most of a trail.
    pub fn favour<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let place = self.below(1 << 20) as f64 / f64::from(1 << 20);
        &items[(place * place * place * items.len() as f64) as usize]
    }

    /// Lower-case hexadecimal digits.
    pub fn hex(&mut self, digits: usize) -> String {
        self.text(digits, b"0123456789abcdef")
    }

    /// Characters of an alphabet.
    pub fn text(&mut self, length: usize, alphabet: &[u8]) -> String {
        (0..length)
            .map(|_| char::from(*self.pick(alphabet)))
            .collect()
    }

    /// A version 4 UUID.
    pub fn uuid(&mut self) -> String {
        let bits = (u128::from(self.next()) << 64) | u128::from(self.next());
        let (high, low) = ((bits >> 64) as u64, bits as u64);
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            0x8000 | ((low >> 48) & 0x3fff),
            low & 0xffff_ffff_ffff,
        )
    }
}

/// Picks indices so that the `n`th is met about `1 / n` as often as the first.
#[derive(Debug)]
pub struct Zipf(Vec<f64>);

impl Zipf {
    /// Over `0..count`.
    pub fn new(count: usize) -> Self {
        let mut sum = 0.0;
        let sums = (0..count).map(|rank| {
            sum += 1.0 / (rank as f64 + 2.0).powf(1.15);
            sum
        });
        Zipf(sums.collect())
    }

    /// One index.
    pub fn pick(&self, random: &mut Random) -> usize {
        let total = self.0.last().copied().unwrap_or_default();
        let place = random.next() as f64 / u64::MAX as f64 * total;
        self.0
            .partition_point(|sum| *sum < place)
            .min(self.0.len() - 1)
    }
}
