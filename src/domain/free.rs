//! The free slots of a lot, by index: a bitmap in levels, so that no search gets longer as the lot fills up.

/// A set of indexes below a limit. Each bit of a level says whether the word below it has a bit set.
#[derive(Debug, Clone)]
pub struct FreeSlots {
    /// The lowest level first; the top level is one word.
    levels: Vec<Vec<u64>>,
    size: u32,
    len: u32,
}

const WORD: u32 = 64;

impl FreeSlots {
    /// All of `0..size`.
    pub fn all(size: u32) -> Self {
        let mut levels = Vec::new();
        let mut bits = size.max(1);
        loop {
            levels.push(filled(if levels.is_empty() { size } else { bits }));
            let words = bits.div_ceil(WORD);
            if words == 1 {
                break;
            }
            bits = words;
        }
        Self {
            levels,
            size,
            len: size,
        }
    }

    /// How many are free.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Takes an index; `false` when it was not free.
    pub fn take(&mut self, index: u32) -> bool {
        if !self.contains(index) {
            return false;
        }
        self.len -= 1;
        let mut at = index;
        for level in &mut self.levels {
            let Some(word) = level.get_mut((at / WORD) as usize) else {
                break;
            };
            *word &= !(1 << (at % WORD));
            if *word != 0 {
                break;
            }
            at /= WORD;
        }
        true
    }

    /// Gives an index back; nothing happens when it is free or no index of this set.
    pub fn put(&mut self, index: u32) {
        if index >= self.size || self.contains(index) {
            return;
        }
        self.len += 1;
        let mut at = index;
        for level in &mut self.levels {
            if let Some(word) = level.get_mut((at / WORD) as usize) {
                *word |= 1 << (at % WORD);
            }
            at /= WORD;
        }
    }

    /// The lowest free index that is at least `from`, else the lowest of all.
    pub fn next_from(&self, from: u32) -> Option<u32> {
        self.at_least(from).or_else(|| self.at_least(0))
    }

    fn contains(&self, index: u32) -> bool {
        let word = self
            .levels
            .first()
            .and_then(|level| level.get((index / WORD) as usize));
        word.is_some_and(|word| word & (1 << (index % WORD)) != 0)
    }

    fn at_least(&self, from: u32) -> Option<u32> {
        if from >= self.size {
            return None;
        }
        // Up, until some level has a bit at or behind the place; then down along the lowest bits.
        let mut at = from;
        for (height, level) in self.levels.iter().enumerate() {
            let word = level.get((at / WORD) as usize).copied().unwrap_or(0);
            let here = word & (u64::MAX << (at % WORD));
            if here != 0 {
                let found = at / WORD * WORD + here.trailing_zeros();
                return self.descend(height, found);
            }
            at = at / WORD + 1;
        }
        None
    }

    fn descend(&self, height: usize, mut at: u32) -> Option<u32> {
        for level in self.levels.get(..height)?.iter().rev() {
            let word = *level.get(at as usize)?;
            at = at * WORD + word.trailing_zeros();
        }
        Some(at)
    }
}

/// Words with the lowest `bits` bits set.
fn filled(bits: u32) -> Vec<u64> {
    let words = bits.div_ceil(WORD).max(1);
    (0..words)
        .map(|word| match bits.saturating_sub(word * WORD) {
            0 => 0,
            rest if rest >= WORD => u64::MAX,
            rest => (1 << rest) - 1,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn it_agrees_with_an_ordered_set() {
        for size in [1, 63, 64, 65, 99, 4096, 4097, 100_000] {
            let mut free = FreeSlots::all(size);
            let mut model: BTreeSet<u32> = (0..size).collect();
            let mut random = 12345_u64;
            for _ in 0..3000 {
                random = random
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let index = (random >> 33) as u32 % size;
                if random & 1 << 20 == 0 {
                    assert_eq!(free.take(index), model.remove(&index));
                } else {
                    free.put(index);
                    model.insert(index);
                }
                let next = model
                    .range(index..)
                    .next()
                    .or_else(|| model.first())
                    .copied();
                assert_eq!(free.next_from(index), next);
                assert_eq!(free.len() as usize, model.len());
            }
        }
    }

    #[test]
    fn the_last_one_taken_leaves_nothing() {
        let mut free = FreeSlots::all(100_000);
        while let Some(index) = free.next_from(0) {
            assert!(free.take(index));
        }
        assert_eq!(free.len(), 0);
        free.put(99_999);
        assert_eq!(free.next_from(5), Some(99_999));
        free.put(100_000);
        assert_eq!(free.len(), 1);
    }
}
