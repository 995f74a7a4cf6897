//! Windows event logs, as they lie on a disk image.
//!
//! In: the bytes of an `.evtx` file. Out: rows as the `evtx` crate writes them: `Event.System`, `Event.EventData`. Guarantee: a record that cannot be
//! read is reported and counted, and so is a broken chunk; records after it are read. Space that holds no chunk is noted.

use super::collect::Collector;
use super::envelope::Row;
use super::json::Rows;
use super::{DataError, Place};
use evtx::err::{ChunkError, DeserializationError, EvtxError};
use evtx::{EvtxParser, ParserSettings};
use serde_json::Value as Json;
use std::path::Path;

/// The bytes of a log's header and of a chunk.
const HEADER: usize = 4096;
const CHUNK: usize = 65_536;

pub(super) fn read(name: &Path, log: Vec<u8>, collector: &mut Collector) -> Result<(), DataError> {
    let failed = |error: evtx::err::EvtxError| {
        DataError::new(name, &format!("not a readable event log: {error}"))
    };
    let settings = ParserSettings::new().num_threads(1);
    if !log.len().saturating_sub(HEADER).is_multiple_of(CHUNK) {
        collector
            .warn("the log is cut off within a chunk of 64 KiB, so records are missing".to_owned());
    }
    let mut parser = EvtxParser::from_buffer(log)
        .map_err(failed)?
        .with_configuration(settings);
    let mut rows = Rows::new(collector);
    let mut number = 0;
    let mut unused = 0;
    let mut told = false;
    for record in parser.records_json_value() {
        if record.as_ref().is_err_and(is_unused) {
            unused += 1;
            continue;
        }
        if unused > 0 && !told {
            told = true;
            collector.warn(
                "a chunk before others has no mark of a chunk, so its records are missing"
                    .to_owned(),
            );
        }
        number += 1;
        let place = Place::Row(number);
        match record.map(|record| record.data) {
            Ok(Json::Object(object)) => {
                let row = Row {
                    object: Ok(object),
                    table: None,
                };
                rows.row(place, row, collector);
            }
            Ok(_) => collector.malformed(place, "the record is no object".to_owned()),
            Err(error) => collector.malformed(place, error.to_string()),
        }
    }
    rows.finish(collector);
    if unused > 0 {
        collector.note(format!("{unused} of its 64 KiB chunks have no mark of a chunk and were skipped, as the unused end of a log in use has none"));
    }
    Ok(())
}

/// Whether a chunk is none: Windows allocates chunks ahead, and what lay on the disk before is in them.
fn is_unused(error: &EvtxError) -> bool {
    let EvtxError::FailedToParseChunk { source, .. } = error else {
        return false;
    };
    matches!(
        &**source,
        ChunkError::FailedToParseChunkHeader(DeserializationError::InvalidEvtxChunkMagic { .. })
    )
}
