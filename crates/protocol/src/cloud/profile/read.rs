//! Reading TOML with the line of every key kept, so that a mistake can be pointed at.

use super::error::{ProfileError, ProfileProblem};
use std::collections::BTreeMap;
use toml::de::{DeTable, DeValue};

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Read<T> {
    /// Dotted path of the key, for messages.
    pub(super) key: String,
    /// Line in the file, from 1.
    pub(super) line: usize,
    /// What was read.
    pub(super) value: T,
}

impl<T> Read<T> {
    /// "`key` `what`. `remedy`", at this line.
    pub(super) fn bad(&self, what: impl std::fmt::Display, remedy: impl Into<String>) -> ProfileError {
        self.problem(ProfileProblem::BadValue, what, remedy)
    }

    pub(super) fn problem(
        &self,
        problem: ProfileProblem,
        what: impl std::fmt::Display,
        remedy: impl Into<String>,
    ) -> ProfileError {
        ProfileError { line: self.line, problem, message: format!("{} {what}.", self.key), remedy: remedy.into() }
    }

    /// The same place with another value.
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Read<U> {
        Read { key: self.key, line: self.line, value: change(self.value) }
    }
}

/// A table that is being emptied key by key; what is left at the end is unknown.
pub(super) struct Table<'a> {
    path: String,
    source: &'a str,
    line: usize,
    asked: Vec<&'static str>,
    items: BTreeMap<String, (usize, DeValue<'a>)>,
}

impl<'a> Table<'a> {
    /// The whole file.
    pub(super) fn root(source: &'a str) -> Result<Self, ProfileError> {
        let table = DeTable::parse(source).map_err(|error| ProfileError {
            line: line_at(source, error.span().map_or(0, |span| span.start)),
            problem: ProfileProblem::NotToml,
            message: format!("this is not valid TOML: {}.", error.message().trim_end_matches('.')),
            remedy: "Correct the line; texts stand in quotes and every key has one '='.".to_owned(),
        })?;
        Ok(Self::of(String::new(), source, 1, table.into_inner()))
    }

    fn of(path: String, source: &'a str, line: usize, table: DeTable<'a>) -> Self {
        let items = table
            .into_iter()
            .map(|(key, value)| {
                let line = line_at(source, key.span().start);
                (key.into_inner().into_owned(), (line, value.into_inner()))
            })
            .collect();
        Self { path, source, line, asked: Vec::new(), items }
    }

    fn full(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn take(&mut self, key: &'static str) -> Option<Read<DeValue<'a>>> {
        self.asked.push(key);
        let (line, value) = self.items.remove(key)?;
        Some(Read { key: self.full(key), line, value })
    }

    /// A sub-table; an empty one when it is absent.
    pub(super) fn table(&mut self, key: &'static str) -> Result<Option<Table<'a>>, ProfileError> {
        let Some(read) = self.take(key) else { return Ok(None) };
        let line = read.line;
        let path = read.key.clone();
        let inner = typed(read, "a table", |value| match value {
            DeValue::Table(table) => Ok(table),
            other => Err(other),
        })?;
        Ok(Some(Self::of(path, self.source, line, inner.value)))
    }

    /// A text.
    pub(super) fn text(&mut self, key: &'static str) -> Result<Option<Read<String>>, ProfileError> {
        self.take(key).map(as_text).transpose()
    }

    /// A text that this profile needs.
    pub(super) fn needed_text(&mut self, key: &'static str, example: &str) -> Result<Read<String>, ProfileError> {
        match self.text(key)? {
            Some(read) => Ok(read),
            None => Err(ProfileError {
                line: self.line,
                problem: ProfileProblem::MissingKey,
                message: format!("{} is missing.", self.full(key)),
                remedy: if self.path.is_empty() {
                    format!("Add {key} = \"{example}\".")
                } else {
                    format!("Add {key} = \"{example}\" below [{}].", self.path)
                },
            }),
        }
    }

    /// True or false.
    pub(super) fn flag(&mut self, key: &'static str, default: bool) -> Result<Read<bool>, ProfileError> {
        match self.take(key) {
            None => Ok(Read { key: self.full(key), line: self.line, value: default }),
            Some(read) => typed(read, "true or false", |value| match value {
                DeValue::Boolean(flag) => Ok(flag),
                other => Err(other),
            }),
        }
    }

    /// A whole number within a range.
    pub(super) fn number(
        &mut self,
        key: &'static str,
        range: std::ops::RangeInclusive<u32>,
    ) -> Result<Option<Read<u32>>, ProfileError> {
        let Some(read) = self.take(key) else { return Ok(None) };
        let read = typed(read, "a whole number", |value| match value {
            DeValue::Integer(number) => Ok(number),
            other => Err(other),
        })?;
        let value = u32::from_str_radix(read.value.as_str(), read.value.radix()).ok().filter(|v| range.contains(v));
        match value {
            Some(value) => Ok(Some(read.map(|_| value))),
            None => Err(read.bad(
                format_args!("is {}", read.value),
                format!("Use a number from {} to {}.", range.start(), range.end()),
            )),
        }
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, key: &'static str) -> Result<Option<Read<Vec<String>>>, ProfileError> {
        let Some(read) = self.take(key) else { return Ok(None) };
        let place = read.clone().map(|_| ());
        let list = typed(read, "a list of texts", |value| match value {
            DeValue::Array(list) => Ok(list),
            other => Err(other),
        })?;
        let mut texts = Vec::new();
        for item in list.value {
            let line = line_at(self.source, item.span().start);
            texts.push(as_text(Read { key: place.key.clone(), line, value: item.into_inner() })?.value);
        }
        Ok(Some(place.map(|()| texts)))
    }

    /// Everything that is left, as texts: for tables with free keys.
    pub(super) fn rest_as_texts(self) -> Result<Vec<(String, Read<String>)>, ProfileError> {
        let path = self.path;
        self.items
            .into_iter()
            .map(|(key, (line, value))| {
                as_text(Read { key: format!("{path}.{key}"), line, value }).map(|read| (key, read))
            })
            .collect()
    }

    /// Where the table begins.
    pub(super) const fn line(&self) -> usize {
        self.line
    }

    /// Refuses what nobody asked for.
    pub(super) fn finish(self) -> Result<(), ProfileError> {
        // The first in the file, not in the alphabet.
        let Some((key, (line, _))) = self.items.iter().min_by_key(|(_, (line, _))| *line) else { return Ok(()) };
        Err(ProfileError {
            line: *line,
            problem: ProfileProblem::UnknownKey,
            message: format!("{} is not a key of a profile.", self.full(key)),
            remedy: format!("Remove it, or use one of: {}.", self.asked.join(", ")),
        })
    }
}

fn as_text(read: Read<DeValue<'_>>) -> Result<Read<String>, ProfileError> {
    let read = typed(read, "a text in quotes", |value| match value {
        DeValue::String(text) => Ok(text.into_owned()),
        other => Err(other),
    })?;
    if read.value.chars().any(char::is_control) {
        return Err(read.bad("contains a control character", "Remove it."));
    }
    Ok(read)
}

fn typed<'a, T>(
    read: Read<DeValue<'a>>,
    wanted: &str,
    pick: impl FnOnce(DeValue<'a>) -> Result<T, DeValue<'a>>,
) -> Result<Read<T>, ProfileError> {
    let Read { key, line, value } = read;
    match pick(value) {
        Ok(value) => Ok(Read { key, line, value }),
        Err(found) => Err(ProfileError {
            line,
            problem: ProfileProblem::WrongType,
            message: format!("{key} is {}.", kind(&found)),
            remedy: format!("Write {wanted} instead."),
        }),
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn line_at(source: &str, offset: usize) -> usize {
    source.bytes().take(offset).filter(|&byte| byte == b'\n').count() + 1
}
