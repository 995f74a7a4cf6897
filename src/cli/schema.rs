//! `huntc schema`: what the data look like, and in forms for checkers of other languages.
//!
//! In: the parsed command line and the library. Out: text for standard output, or one finding.

use crate::diag::{Code, Diagnostic, suggest};
use crate::schema::export::Form;
use crate::schema::{Library, Platform, Schema, detail, export, search, show};
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
        /// A class that the schema holds, a neutral field or a native column
        what: Option<String>,
        /// A neutral field or a native column of that class
        part: Option<String>,
        /// List the native columns
        #[arg(long, conflicts_with = "part")]
        columns: bool,
    },
    /// Where a word occurs: fields, columns, values and codes of every schema
    Search {
        /// The word; case does not matter
        word: String,
    },
    /// Read the schemas of this repository beside those that huntc carries, and tell every fault
    Check,
    /// A schema as JSON for a checker
    Export {
        /// The form: for a KQL binder, for an ES|QL validator, or for making tables in SQL
        #[arg(long, value_parser = forms(), default_value = "sql-ddl")]
        format: Form,
        /// The name of a schema
        name: String,
        /// The event class; needed where the schema holds several
        #[arg(long)]
        class: Option<String>,
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
        Command::Check => Ok(show::checked(library, files)),
        Command::Show {
            name,
            what,
            part,
            columns,
        } => {
            let asked = [what.as_deref(), part.as_deref()];
            shown(library, files, name, asked, *columns)
        }
        Command::Export {
            format,
            name,
            class,
            product,
        } => exported(library, *format, name, class.as_deref(), product.as_deref()),
    }
}

fn shown(
    library: &Library,
    files: &Files,
    name: &str,
    [what, part]: [Option<&str>; 2],
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
            .schemas_of(name)
            .map(|schema| detail::field(field, schema, files))
            .collect();
        return Ok(everywhere.join("\n"));
    }
    let platform = platform(library, name)?;
    let is_class = |what: &str| library.classes.contains_key(what);
    let (class, part) = match (what, part) {
        (Some(class), part) if is_class(class) || part.is_some() => (Some(class), part),
        (what, _) => (None, what),
    };
    if columns && part.is_none() {
        return Ok(detail::columns_of(of_class(platform, class)?));
    }
    let Some(part) = part else {
        return Ok(match (class, platform.holds.len()) {
            (None, 2..) => show::platform(platform),
            _ => show::schema(of_class(platform, class)?, library, files),
        });
    };
    let schemas: Vec<&Schema> = match class {
        Some(_) => vec![of_class(platform, class)?],
        None => platform.holds.values().collect(),
    };
    let mut found = Vec::new();
    for schema in &schemas {
        let class = library.classes.get(&schema.class);
        if let Some(field) = class.and_then(|class| class.fields.get(part)) {
            found.push(detail::field(field, schema, files));
        }
        if let Some(column) = schema.column(part) {
            // Classes that share a table say the same of its columns.
            let column = detail::column(column, schema);
            if !found.contains(&column) {
                found.push(column);
            }
        }
    }
    if found.is_empty() {
        let fields = schemas
            .iter()
            .filter_map(|schema| library.classes.get(&schema.class))
            .flat_map(|class| class.order.iter().map(String::as_str));
        let columns = schemas
            .iter()
            .flat_map(|schema| schema.columns.iter())
            .map(|column| column.native.name.as_str());
        return Err(unknown(
            "field or column",
            part,
            &format!("`{name}`"),
            fields.chain(columns),
        ));
    }
    Ok(found.join("\n"))
}

fn exported(
    library: &Library,
    format: Form,
    name: &str,
    class: Option<&str>,
    product: Option<&str>,
) -> Result<String, Box<Diagnostic>> {
    let schema = of_class(platform(library, name)?, class)?;
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

/// The class named, or the only one.
fn of_class<'a>(
    platform: &'a Platform,
    class: Option<&str>,
) -> Result<&'a Schema, Box<Diagnostic>> {
    let name = &platform.name;
    let known = platform.holds.keys().map(String::as_str);
    let Some(class) = class else {
        let mut all = platform.holds.values();
        return match (all.next(), all.next()) {
            (Some(only), None) => Ok(only),
            _ => {
                let known: Vec<&str> = known.collect();
                let title = format!("the schema `{name}` holds several event classes");
                let help = format!("name one of them: {}", known.join(", "));
                Err(Box::new(Diagnostic::new(Code::E0557, title).help(help)))
            }
        };
    };
    platform.holds.get(class).ok_or_else(|| {
        let error = unknown("class", class, &format!("`{name}`"), known);
        match platform.lacks.get(class) {
            Some(why) => Box::new(error.help(why.clone())),
            None => error,
        }
    })
}

fn platform<'a>(library: &'a Library, name: &str) -> Result<&'a Platform, Box<Diagnostic>> {
    library.platform(name).ok_or_else(|| {
        let names = library.platform_names().into_iter();
        let error = unknown("schema", name, "huntc", names);
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
