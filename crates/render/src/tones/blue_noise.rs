//! A pattern of 64 × 64 limits without any visible order.
//!
//! Source: R. Ulichney, "The void-and-cluster method for dither array generation", 1993. The pattern is kept as a picture
//! that can be looked at, `blue-noise.pgm`; the test below computes it again, in whole numbers, and compares.

use super::pack::Limits;

const PICTURE: &[u8] = include_bytes!("blue-noise.pgm");

/// The rows of the pattern: limits from 1 to 255, each about as often.
pub(super) fn limits() -> Vec<Limits> {
    let start = PICTURE.len().saturating_sub(64 * 64);
    PICTURE.get(start..).unwrap_or_default().as_chunks::<64>().0.to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 64;
    const PLACES: usize = SIDE * SIDE;

    /// How crowded each place is: a Gauss bell of σ = 1.5 around every black place, on a torus.
    struct Crowd {
        bell: Vec<u64>,
        black: Vec<bool>,
        density: Vec<u64>,
    }

    impl Crowd {
        fn new() -> Self {
            // q^(r²) in 32 bits behind the point, with q = exp(−1 / (2 · 1.5²)).
            const Q: u64 = 3_439_140_949;
            let mut powers = vec![1_u64 << 32];
            for _ in 0..2 * 32 * 32 {
                powers.push((powers[powers.len() - 1] * Q) >> 32);
            }
            let near = |distance: usize| distance.min(SIDE - distance);
            let bell = (0..PLACES).map(|at| powers[near(at % SIDE).pow(2) + near(at / SIDE).pow(2)]).collect();
            Self { bell, black: vec![false; PLACES], density: vec![0; PLACES] }
        }

        fn turn(&mut self, place: usize) {
            let add = !self.black[place];
            self.black[place] = add;
            for at in 0..PLACES {
                let (dx, dy) = (at % SIDE + SIDE - place % SIDE, at / SIDE + SIDE - place / SIDE);
                let weight = self.bell[dy % SIDE * SIDE + dx % SIDE];
                self.density[at] = if add { self.density[at] + weight } else { self.density[at] - weight };
            }
        }

        fn tightest_cluster(&self) -> usize {
            let black = (0..PLACES).filter(|&at| self.black[at]);
            black.max_by_key(|&at| (self.density[at], std::cmp::Reverse(at))).unwrap()
        }

        fn largest_void(&self) -> usize {
            let white = (0..PLACES).filter(|&at| !self.black[at]);
            white.min_by_key(|&at| (self.density[at], at)).unwrap()
        }
    }

    /// The place of each rank: the order in which places become black.
    fn ranks() -> Vec<usize> {
        const FIRST: usize = PLACES / 10;
        let mut crowd = Crowd::new();
        let mut seed = 1993_u32;
        let mut placed = 0;
        while placed < FIRST {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let place = (seed >> 20) as usize;
            if !crowd.black[place] {
                crowd.turn(place);
                placed += 1;
            }
        }
        // Even out: from where it is tightest to where there is most room, until that is the same place.
        loop {
            let from = crowd.tightest_cluster();
            crowd.turn(from);
            let to = crowd.largest_void();
            crowd.turn(to);
            if from == to {
                break;
            }
        }
        let even = crowd.black.clone();
        let mut order = Vec::new();
        for _ in 0..FIRST {
            let place = crowd.tightest_cluster();
            crowd.turn(place);
            order.push(place);
        }
        order.reverse();
        (0..PLACES).filter(|&at| even[at]).for_each(|at| crowd.turn(at));
        // On a torus the tightest cluster of white is where there is most room for black, so one rule does for the rest.
        for _ in FIRST..PLACES {
            let place = crowd.largest_void();
            crowd.turn(place);
            order.push(place);
        }
        order
    }

    #[test]
    fn the_picture_is_what_void_and_cluster_gives() {
        let mut expected = b"P5\n64 64\n255\n".to_vec();
        let start = expected.len();
        expected.resize(start + PLACES, 0);
        for (rank, place) in ranks().into_iter().enumerate() {
            expected[start + place] = u8::try_from(255 - rank * 255 / PLACES).unwrap();
        }
        assert!(PICTURE == expected, "blue-noise.pgm is not what the method gives");
    }

    #[test]
    fn every_limit_is_there_as_often() {
        let mut counts = [0; 256];
        limits().as_flattened().iter().for_each(|limit| counts[usize::from(*limit)] += 1);
        assert!(counts[0] == 0 && counts[1..].iter().all(|count| (16..=17).contains(count)));
    }
}
