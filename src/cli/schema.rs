//! `huntc schema`: what the data look like, and in forms for checkers of other languages.
//!
//! In: the parsed command line and the library. Out: text for standard output, or one finding.

use crate::diag::{Code, Diagnostic, suggest};
use crate::schema::export::Form;
use crate::schema::{Library, Schema, detail, export, search, show};
use crate::source::Files;
use clap::builder::{PossibleValuesParser, TypedValueParser};

/// The commands of `huntc schema`.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Command {
    /// The event classes and the schemas
    List,
    /// A class, a schema, or one of their fields or columns
    Show {
        /// The name of a class or a schema
        name: String,
        /// A neutral field or a native column
        what: Option<String>,
        /// List the native columns
        #[arg(long, conflicts_with = "what")]
        columns: bool,
    },
    /// Where a word occurs: fields, columns, values and codes of every schema
    Search {
        /// The word; case does not matter
        word: String,
    },
    /// A schema as JSON for a checker
    Export {
        /// The form: for a KQL binder, for an ES|QL validator, or for making tables in SQL
        #[arg(long, value_parser = forms(), default_value = "sql-ddl")]
        format: Form,
        /// The name of a schema
        name: String,
        /// The product form; the first when left out
        #[arg(long)]
        product: Option<String>,
    },
}

/// The forms by name, which help and messages list.
fn forms() -> impl TypedValueParser<Value = Form> {
    PossibleValuesParser::new(Form::ALL.iter().map(|(name, _)| *name)).try_map(|text| {
        let known = Form::ALL.iter().find(|(name, _)| *name == text);
        known.map(|(_, form)| *form).ok_or("no such form")
    })
}

/// Carries out a command.
///
/// # Errors
/// A name that does not exist, with the near ones.
pub fn run(command: &Command, library: &Library, files: &Files) -> Result<String, Box<Diagnostic>> {
    match command {
        Command::List => Ok(show::list(library)),
        Command::Search { word } => Ok(search::search(library, word, files)),
        Command::Show {
            name,
            what,
            columns,
        } => shown(library, files, name, what.as_deref(), *columns),
        Command::Export {
            format,
            name,
            product,
        } => exported(library, *format, name, product.as_deref()),
    }
}

fn shown(
    library: &Library,
    files: &Files,
    name: &str,
    what: Option<&str>,
    columns: bool,
) -> Result<String, Box<Diagnostic>> {
    if let Some(class) = library.classes.get(name) {
        let Some(what) = what else {
            return Ok(show::class(class));
        };
        let Some(field) = class.fields.get(what) else {
            return Err(unknown(
                "field",
                what,
                &format!("`{name}`"),
                class.order.iter().map(String::as_str),
            ));
        };
        let everywhere: Vec<String> = library
            .schemas
            .values()
            .filter_map(|schema| {
                schema
                    .classes
                    .get(name)
                    .map(|mapping| detail::field(field, schema, mapping, files))
            })
            .collect();
        return Ok(everywhere.join("\n"));
    }
    let schema = schema(library, name)?;
    if columns {
        return Ok(detail::columns_of(schema));
    }
    let Some(what) = what else {
        return Ok(show::schema(schema, library, files));
    };
    let mut found = String::new();
    for (class, mapping) in &schema.classes {
        if let Some(field) = library
            .classes
            .get(class)
            .and_then(|class| class.fields.get(what))
        {
            found.push_str(&detail::field(field, schema, mapping, files));
        }
    }
    if let Some(column) = schema.column(what) {
        if !found.is_empty() {
            found.push('\n');
        }
        found.push_str(&detail::column(column, schema));
    }
    if found.is_empty() {
        let fields = library
            .classes
            .values()
            .flat_map(|class| class.order.iter().map(String::as_str));
        let columns = schema
            .columns
            .iter()
            .map(|column| column.native.name.as_str());
        return Err(unknown(
            "field or column",
            what,
            &format!("`{name}`"),
            fields.chain(columns),
        ));
    }
    Ok(found)
}

fn exported(
    library: &Library,
    format: Form,
    name: &str,
    product: Option<&str>,
) -> Result<String, Box<Diagnostic>> {
    let schema = schema(library, name)?;
    let Some(form) = schema.product(product) else {
        let known = schema.products.iter().map(String::as_str);
        return Err(unknown(
            "product",
            product.unwrap_or(""),
            &format!("`{name}`"),
            known,
        ));
    };
    let Some(json) = export::export(schema, form, format) else {
        let title = format!("the schema `{name}` has no table for KQL");
        return Err(Box::new(Diagnostic::new(Code::E0557, title)));
    };
    Ok(format!("{json:#}\n"))
}

fn schema<'a>(library: &'a Library, name: &str) -> Result<&'a Schema, Box<Diagnostic>> {
    library.schemas.get(name).ok_or_else(|| {
        let error = unknown(
            "schema",
            name,
            "huntc",
            library.schemas.keys().map(String::as_str),
        );
        let class = library
            .classes
            .iter()
            .find(|(_, class)| class.fields.contains_key(name));
        match class {
            Some((class, _)) => {
                Box::new(error.help(format!("it is a field: `huntc schema show {class} {name}`")))
            }
            None => error,
        }
    })
}

fn unknown<'n>(
    what: &str,
    name: &str,
    of: &str,
    known: impl Iterator<Item = &'n str>,
) -> Box<Diagnostic> {
    let known: Vec<&str> = known.collect();
    let diagnostic = Diagnostic::new(Code::E0557, format!("there is no {what} `{name}` in {of}"));
    let near = suggest::near(name, known.iter().copied(), 3);
    let found = !near.is_empty();
    let diagnostic = if found {
        diagnostic.help(format!("near: {}", near.join(", ")))
    } else {
        diagnostic
    };
    Box::new(if known.is_empty() {
        diagnostic.help(format!("there is no {what} in {of}"))
    } else if known.len() <= 12 {
        diagnostic.help(format!("there are: {}", known.join(", ")))
    } else if found {
        diagnostic
    } else {
        diagnostic.help("`huntc schema search WORD` finds words in all of them")
    })
}
