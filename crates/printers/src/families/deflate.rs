//! Compression in pieces, without a stream that could fail to be written.

use crate::family::EncodeError;
use flate2::{Compress, FlushCompress, Status};

/// Compresses `input` and appends to `output` what comes out.
pub(crate) fn deflate(
    compress: &mut Compress,
    mut input: &[u8],
    flush: FlushCompress,
    output: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    loop {
        output.reserve(4096);
        let before = compress.total_in();
        let status = compress.compress_vec(input, output, flush).map_err(|_| EncodeError::NotCompressed)?;
        let eaten = usize::try_from(compress.total_in() - before).unwrap_or(usize::MAX);
        input = input.get(eaten..).unwrap_or(&[]);
        let done = match flush {
            FlushCompress::Finish => status == Status::StreamEnd,
            // Room that is left over means that nothing is waiting to come out.
            _ => input.is_empty() && output.len() < output.capacity(),
        };
        if done {
            return Ok(());
        }
    }
}
