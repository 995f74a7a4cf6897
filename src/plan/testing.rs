//! Hunts for tests: a query with a few parameters, lists and maps around it, over the embedded schemas.

use super::{Catalog, Plan, lower};
use crate::diag::Diagnostic;
use crate::hunt::tables::{CellType, TableColumn, TableRow};
use crate::hunt::{
    Allow, Cell, DeclaredTable, Hunt, HuntSeverity, ItemType, List, MapOrigin, MapTable, Param,
};
use crate::schema::Library;
use crate::source::{Files, Span, Spanned};
use crate::syntax::{ast, parse};
use crate::value::Value;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::LazyLock;

/// Read once; places in schemas are of files that the drafts do not have, and no test looks at them.
static LIBRARY: LazyLock<Library> = LazyLock::new(|| {
    super::schemas::embedded(&mut Files::default()).expect("the embedded schemas load")
});

/// A hunt being written, its text in one file: declarations first, the query last.
pub(crate) struct Draft {
    pub files: Files,
    pub library: &'static Library,
    pub hunt: Hunt,
    pub overrides: BTreeMap<String, Spanned<Value>>,
}

impl Draft {
    /// A hunt of that query. Every declaration has its own place.
    pub(crate) fn new(query: &str) -> Draft {
        let mut files = Files::default();
        let id = files.add("hunt.yaml", query.to_owned());
        let span = Span::new(id, 0, query.len());
        let text = |value: &str| Spanned::new(value.to_owned(), Span::default());
        let hunt = Hunt {
            slug: text("test"),
            id: text("00000000-0000-0000-0000-000000000000"),
            version: text("1.0.0"),
            name: text("Test"),
            description: text("Test"),
            severity: HuntSeverity::Low,
            attack: Vec::new(),
            author: None,
            references: Vec::new(),
            derived_from: None,
            language: 1,
            deviations: Vec::new(),
            false_positives: Vec::new(),
            portable_to: Vec::new(),
            params: BTreeMap::new(),
            lists: BTreeMap::new(),
            maps: BTreeMap::new(),
            tables: BTreeMap::new(),
            entities: BTreeMap::new(),
            allow: Vec::new(),
            query: span,
        };
        Draft {
            files,
            library: &LIBRARY,
            hunt,
            overrides: BTreeMap::new(),
        }
    }

    /// A separate place, in a file that holds just this text.
    fn place(&mut self, text: &str) -> Span {
        let id = self.files.add(format!("declared-{text}"), text.to_owned());
        Span::new(id, 0, text.len())
    }

    pub(crate) fn param(mut self, name: &str, ty: ItemType, value: Value) -> Draft {
        let name_span = self.place(name);
        let default = Spanned::new(value, name_span);
        let param = Param {
            ty,
            default,
            min: None,
            max: None,
            name_span,
        };
        self.hunt.params.insert(name.to_owned(), param);
        self
    }

    pub(crate) fn list(mut self, name: &str, ty: ItemType, values: &[Value]) -> Draft {
        let name_span = self.place(name);
        let values = values
            .iter()
            .map(|value| {
                let text = super::show::value(value);
                Spanned::new(value.clone(), self.place(&text))
            })
            .collect();
        self.hunt.lists.insert(
            name.to_owned(),
            List {
                ty,
                values,
                name_span,
            },
        );
        self
    }

    /// A list of text.
    pub(crate) fn texts(self, name: &str, values: &[&str]) -> Draft {
        let values: Vec<Value> = values.iter().map(|value| Value::text(value)).collect();
        self.list(name, ItemType::Text, &values)
    }

    pub(crate) fn map(mut self, name: &str, ty: ItemType, rows: &[(Value, &str)]) -> Draft {
        let name_span = self.place(name);
        let rows = rows
            .iter()
            .map(|(key, value)| {
                let text = format!("{},{value}", super::show::value(key));
                let span = self.place(&text);
                (
                    Spanned::new(key.clone(), span),
                    Spanned::new((*value).to_owned(), span),
                )
            })
            .collect();
        self.hunt.maps.insert(
            name.to_owned(),
            MapTable {
                origin: MapOrigin::Rows { ty, rows },
                name_span,
            },
        );
        self
    }

    /// A map from a code table of a schema.
    pub(crate) fn codes(mut self, name: &str, schema: &str, codes: &str) -> Draft {
        let name_span = self.place(name);
        let schema_span = self.place(schema);
        let codes_span = self.place(codes);
        let origin = MapOrigin::Schema {
            schema: Spanned::new(schema.to_owned(), schema_span),
            codes: Spanned::new(codes.to_owned(), codes_span),
        };
        self.hunt
            .maps
            .insert(name.to_owned(), MapTable { origin, name_span });
        self
    }

    /// A table of ports and names, one row for each.
    pub(crate) fn cells(self, name: &str, rows: &[(i64, &str)]) -> Draft {
        let mut draft = self.watchlist(name);
        let made: Vec<TableRow> = rows
            .iter()
            .map(|(port, name)| TableRow {
                cells: vec![
                    Cell::Several(vec![Value::Int(*port)]),
                    Cell::Anything,
                    Cell::One(Value::text(name)),
                ],
                span: draft.place(&format!("{port},{name}")),
            })
            .collect();
        if let Some(table) = draft.hunt.tables.get_mut(name) {
            table.rows = made;
        }
        draft
    }

    /// A table of ports, each row with the protocols it is for.
    pub(crate) fn watchlist(mut self, name: &str) -> Draft {
        let name_span = self.place(name);
        let column = |name: &str, item, list, wildcard| TableColumn {
            name: name.to_owned(),
            source: name.to_owned(),
            ty: CellType {
                item,
                list,
                wildcard,
                separator: ",".to_owned(),
            },
            name_span,
        };
        let row = |port: i64, protocols: Cell, name: &str| TableRow {
            cells: vec![
                Cell::Several(vec![Value::Int(port)]),
                protocols,
                Cell::One(Value::text(name)),
            ],
            span: name_span,
        };
        let table = DeclaredTable {
            columns: vec![
                column("ports", ItemType::Int, true, false),
                column("protocols", ItemType::Text, true, true),
                column("name", ItemType::Text, false, false),
            ],
            rows: vec![
                row(23, Cell::Several(vec![Value::text("TCP")]), "telnet"),
                row(53, Cell::Anything, "names"),
            ],
            platform: BTreeMap::new(),
            name_span,
        };
        self.hunt.tables.insert(name.to_owned(), table);
        self
    }

    pub(crate) fn techniques(mut self, ids: &[&str]) -> Draft {
        for id in ids {
            let span = self.place(id);
            self.hunt.attack.push(Spanned::new((*id).to_owned(), span));
        }
        self
    }

    pub(crate) fn allow(mut self, lint: &str) -> Draft {
        let span = self.place(lint);
        self.hunt.allow.push(Allow {
            lint: Spanned::new(lint.to_owned(), span),
            because: Spanned::new("meant".to_owned(), span),
        });
        self
    }

    pub(crate) fn tuned(mut self, name: &str, value: Value) -> Draft {
        let span = self.place("tuned");
        self.overrides
            .insert(name.to_owned(), Spanned::new(value, span));
        self
    }

    pub(crate) fn tree(&self) -> ast::Query {
        match parse(&self.files, self.hunt.query) {
            Ok(tree) => tree,
            Err(found) => panic!("the query does not parse:\n{}", self.report(&found)),
        }
    }

    pub(crate) fn lower(&self) -> Result<Plan, Vec<Diagnostic>> {
        lower(
            &self.tree(),
            &self.hunt,
            &Catalog::library(self.library),
            &self.overrides,
        )
    }

    /// The plan of a hunt that must be right.
    pub(crate) fn plan(&self) -> Plan {
        match self.lower() {
            Ok(plan) => plan,
            Err(found) => panic!("the hunt is refused:\n{}", self.report(&found)),
        }
    }

    /// Findings, with the text they underline.
    pub(crate) fn report(&self, found: &[Diagnostic]) -> String {
        let mut text = String::new();
        for finding in found {
            let at = finding
                .primary
                .as_ref()
                .map_or("", |label| self.files.slice(label.span));
            let _ = writeln!(text, "  {} at `{at}`: {}", finding.code, finding.title);
            if let Some(label) = &finding.primary
                && !label.text.is_empty()
            {
                let _ = writeln!(text, "    ^ {}", label.text);
            }
            for label in &finding.secondary {
                let _ = writeln!(
                    text,
                    "    at `{}`: {}",
                    self.files.slice(label.span),
                    label.text
                );
            }
            for help in &finding.help {
                let _ = writeln!(text, "    help: {help}");
            }
            if let Some(fix) = &finding.fix {
                let _ = writeln!(
                    text,
                    "    fix: `{}` -> `{}` ({})",
                    self.files.slice(fix.span),
                    fix.replacement,
                    fix.title
                );
            }
        }
        text
    }
}
