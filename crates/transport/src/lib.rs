//! HTTP and MQTT links.
