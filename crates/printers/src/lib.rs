//! Printer families: raster to bytes and bytes to raster; the model catalogue.
