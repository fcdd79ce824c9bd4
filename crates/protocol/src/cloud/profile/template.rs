//! Texts with holes: client id, user name and password of the broker (rule C-5).

use platen_model::Secret;
use std::fmt;

/// A text with holes from a fixed list, for example `{tenantCode}|{userName}|{sn}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Hole(Hole),
}

/// What can stand in a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hole {
    Installation,
    TenantCode,
    UserName,
    Sn,
    Token,
}

impl Hole {
    const ALL: [(Hole, &'static str); 5] = [
        (Hole::Installation, "installation"),
        (Hole::TenantCode, "tenantCode"),
        (Hole::UserName, "userName"),
        (Hole::Sn, "sn"),
        (Hole::Token, "token"),
    ];
}

/// What fills the holes.
#[derive(Clone, Debug)]
pub struct Names<'a> {
    /// This installation's own id (promise MQ-10).
    pub installation: &'a str,
    /// The owner's tenant.
    pub tenant_code: &'a str,
    /// The owner's name.
    pub user_name: &'a str,
    /// The printer.
    pub sn: &'a str,
    /// The temporary device token.
    pub token: &'a Secret<String>,
}

impl Template {
    /// Reads a template; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            if before.contains('}') {
                return Err("has a '}' without a '{' before it".to_owned());
            }
            let Some((name, tail)) = after.split_once('}') else {
                return Err("has a '{' without a '}' after it".to_owned());
            };
            let Some((hole, _)) = Hole::ALL.into_iter().find(|(_, known)| *known == name) else {
                return Err(format!("uses {{{name}}}, which does not exist"));
            };
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            pieces.push(Piece::Hole(hole));
            rest = tail;
        }
        if rest.contains('}') {
            return Err("has a '}' without a '{' before it".to_owned());
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self { text: text.to_owned(), pieces })
    }

    /// A template of ours; a mistake in it would leave it empty, which a test would see.
    pub(crate) fn known(text: &str) -> Self {
        Self::parse(text).unwrap_or(Self { text: String::new(), pieces: Vec::new() })
    }

    /// The text with its holes.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Whether `{token}` is in it: then the filled text is a secret.
    pub fn names_token(&self) -> bool {
        self.has(Hole::Token)
    }

    /// Whether `{sn}` is in it.
    pub fn names_sn(&self) -> bool {
        self.has(Hole::Sn)
    }

    pub(crate) fn has(&self, hole: Hole) -> bool {
        self.pieces.contains(&Piece::Hole(hole))
    }

    /// The text with its holes filled. Treat it as a secret: it may hold the token.
    pub fn fill(&self, names: &Names<'_>) -> Secret<String> {
        let mut text = String::new();
        for piece in &self.pieces {
            text.push_str(match piece {
                Piece::Text(literal) => literal,
                Piece::Hole(Hole::Installation) => names.installation,
                Piece::Hole(Hole::TenantCode) => names.tenant_code,
                Piece::Hole(Hole::UserName) => names.user_name,
                Piece::Hole(Hole::Sn) => names.sn,
                Piece::Hole(Hole::Token) => names.token.reveal(),
            });
        }
        Secret::new(text)
    }
}

impl fmt::Display for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}
