//! The level that parts the greys of a page best into two.
//!
//! Source: N. Otsu, "A threshold selection method from gray-level histograms", 1979: the level where the variance between
//! the two sides is largest. Of several such levels the middle one, so that a page of two tones is parted half-way.

/// What is darker than this level is black; none for a page of one tone, which cannot be parted.
pub fn otsu(histogram: &[u64; 256]) -> Option<u8> {
    let levels = || histogram.iter().zip(0_u128..).map(|(count, level)| (u128::from(*count), level));
    let count: u128 = levels().map(|(count, _)| count).sum();
    let sum: u128 = levels().map(|(count, level)| count * level).sum();
    let (mut darker, mut darker_sum) = (0, 0);
    let mut best = (0.0, 0, 0);
    for (here, level) in levels() {
        if darker > 0 && darker < count {
            // The difference of the means, times what makes it whole: (s·n − S·d)² / (d · (n − d)).
            let apart = (darker_sum * count).abs_diff(sum * darker);
            // Beyond 2⁵³ the last digits go, alike on every machine.
            #[allow(clippy::cast_precision_loss)]
            let between = apart as f64 * apart as f64 / (darker as f64 * (count - darker) as f64);
            if between > best.0 {
                best = (between, level, level);
            } else if between == best.0 {
                best.2 = level;
            }
        }
        darker += here;
        darker_sum += here * level;
    }
    (best.0 > 0.0).then(|| u8::try_from((best.1 + best.2).div_ceil(2)).unwrap_or(u8::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(levels: &[(usize, u64)]) -> [u64; 256] {
        let mut histogram = [0; 256];
        levels.iter().for_each(|&(level, count)| histogram[level] += count);
        histogram
    }

    #[test]
    fn two_hills_are_parted_between_them() {
        assert_eq!(otsu(&with(&[(0, 5), (255, 100)])), Some(128));
        assert_eq!(otsu(&with(&[(40, 1000), (90, 1000)])), Some(66));
        let hills: Vec<_> = (0..=20).flat_map(|x| [(30 + x, 100), (120 + x, 900)]).collect();
        let level = otsu(&with(&hills)).unwrap();
        assert!((51..=120).contains(&level), "{level}");
        // The formula of the article, in plain words.
        let histogram: [u64; 256] = std::array::from_fn(|level| (level as u64 * 7919) % 101);
        let variance = |level: usize| {
            let part = |from: usize, to: usize| {
                let weight: u64 = histogram[from..to].iter().sum();
                let sum: u64 = (from..to).map(|at| at as u64 * histogram[at]).sum();
                (weight as f64, sum as f64 / weight as f64)
            };
            let ((a, mean_a), (b, mean_b)) = (part(0, level), part(level, 256));
            a * b * (mean_a - mean_b).powi(2)
        };
        let best = (2..255).max_by(|&a, &b| variance(a).total_cmp(&variance(b))).unwrap();
        assert_eq!(otsu(&histogram).map(usize::from), Some(best));
    }

    #[test]
    fn one_tone_cannot_be_parted() {
        assert_eq!(otsu(&with(&[])), None);
        assert_eq!(otsu(&with(&[(0, 100)])), None);
        assert_eq!(otsu(&with(&[(255, 1)])), None);
    }
}
