//! Topic names and filters: what is valid, what matches, and whether one filter lies within another.
//!
//! Source: MQTT 5 section 4.7 (equal to 3.1.1 section 4.7). The matcher of the client library slices the first byte of
//! a topic and so breaks on a name that begins with a multi-byte character; hostile names are the point of a simulated
//! world, so the broker has its own. Deliberately absent: shared subscriptions.

/// Whether messages may be published under `topic`.
pub(crate) fn is_topic(topic: &str) -> bool {
    !topic.is_empty() && topic.len() <= 65_535 && !topic.contains(['+', '#', '\0'])
}

/// Whether `filter` may be subscribed to: `+` only as a whole level, `#` only as the whole last level.
pub(crate) fn is_filter(filter: &str) -> bool {
    if filter.is_empty() || filter.len() > 65_535 || filter.contains('\0') || filter.starts_with("$share/") {
        return false;
    }
    let mut levels = filter.split('/').peekable();
    while let Some(level) = levels.next() {
        match level {
            "+" => {}
            "#" => return levels.peek().is_none(),
            level if level.contains(['+', '#']) => return false,
            _ => {}
        }
    }
    true
}

/// Whether a message under `topic` belongs to `filter`. A wildcard in the first level never matches a `$` topic.
pub(crate) fn matches(filter: &str, topic: &str) -> bool {
    if topic.starts_with('$') && filter.starts_with(['+', '#']) {
        return false;
    }
    let mut levels = topic.split('/');
    for wanted in filter.split('/') {
        match (wanted, levels.next()) {
            ("#", _) => return true,
            ("+", Some(_)) => {}
            (wanted, Some(level)) if wanted == level => {}
            _ => return false,
        }
    }
    levels.next().is_none()
}

/// Whether every topic that `asked` can match is also matched by `allowed`.
pub(crate) fn covers(allowed: &str, asked: &str) -> bool {
    let mut levels = asked.split('/');
    for permitted in allowed.split('/') {
        match (permitted, levels.next()) {
            ("#", _) => return true,
            (_, Some("#")) | (_, None) => return false,
            ("+", Some(_)) => {}
            (permitted, Some(level)) if permitted == level => {}
            _ => return false,
        }
    }
    levels.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_whole_levels_only() {
        for (filter, topic, expected) in [
            ("a/b", "a/b", true),
            ("a/+", "a/b", true),
            ("a/+", "a/b/c", false),
            ("a/#", "a", true),
            ("a/#", "a/b/c", true),
            ("+/+", "/x", true),
            ("#", "打印机/ร้าน", true),
            ("#", "$SYS/x", false),
            ("+/x", "$SYS/x", false),
            ("$SYS/#", "$SYS/x", true),
            ("a/b", "a", false),
            ("a", "a/b", false),
        ] {
            assert_eq!(matches(filter, topic), expected, "{filter} {topic}");
        }
    }

    #[test]
    fn malformed_names_are_refused() {
        for filter in ["", "a+", "a/#/b", "#a", "a\0", "$share/g/a"] {
            assert!(!is_filter(filter), "{filter:?}");
        }
        assert!(is_filter("a/+/#") && is_filter("/") && is_filter("ร้าน/+"));
        assert!(!is_topic("a/+") && !is_topic("") && !is_topic("a\0b") && is_topic("打/印"));
    }

    #[test]
    fn a_filter_is_covered_only_when_nothing_escapes() {
        for (allowed, asked, expected) in [
            ("d/t/u/s/up/#", "d/t/u/s/up/state", true),
            ("d/t/u/s/up/#", "d/t/u/s/up/#", true),
            ("d/t/u/s/up/#", "d/t/u/+/up/#", false),
            ("d/t/u/s/up/#", "d/#", false),
            ("d/t/u/s/up/#", "#", false),
            ("d/+/x", "d/+/x", true),
            ("d/+/x", "d/#", false),
            ("d/s", "d/+", false),
        ] {
            assert_eq!(covers(allowed, asked), expected, "{allowed} {asked}");
        }
    }
}
