//! The bundled header, read line by line: it keeps to one field, one constant, one prototype a line for this.

/// A struct and its fields in order.
pub struct Struct {
    /// As C names the type: `struct switch_xml`, or a typedef's name.
    pub c_type: String,
    pub fields: Vec<Field>,
}

/// A field: its name and its C type.
pub struct Field {
    pub name: String,
    pub c_type: String,
}

/// All that the header states.
#[derive(Default)]
pub struct Description {
    pub structs: Vec<Struct>,
    pub enums: Vec<String>,
    pub constants: Vec<String>,
    pub functions: Vec<String>,
}

impl Description {
    pub fn of(header: &str) -> Self {
        let mut description = Self::default();
        let mut lines = header.lines();
        while let Some(line) = lines.next() {
            if let Some(define) = line.strip_prefix("#define ") {
                description
                    .constants
                    .extend(define.split(' ').next().map(str::to_owned));
            } else if line == "typedef enum {" {
                description.read_enum(&mut lines);
            } else if line.ends_with(" {") {
                description.structs.push(read_struct(line, &mut lines));
            } else if line.ends_with(");") && !line.starts_with("typedef") {
                description
                    .functions
                    .push(last_word(line.split('(').next().unwrap_or_default()));
            }
        }
        description
    }

    fn read_enum<'a>(&mut self, lines: &mut impl Iterator<Item = &'a str>) {
        for line in lines {
            if let Some(name) = line.strip_prefix("} ") {
                self.enums.push(name.trim_end_matches(';').to_owned());
                return;
            }
            let name = line.split('=').next().unwrap_or_default().trim();
            self.constants.push(name.to_owned());
        }
    }

    /// Whether a line of `abi.txt` is described.
    pub fn covers(&self, line: &str) -> bool {
        let (kind, name) = line.split_once(' ').expect("a kind and a name");
        match kind {
            "fn" => self.functions.iter().any(|function| function == name),
            "enum" => self.enums.iter().any(|found| found == name),
            "const" => self.constants.iter().any(|constant| constant == name),
            "type" => self
                .structs
                .iter()
                .any(|found| last_word(&found.c_type) == name),
            other => panic!("abi.txt: what is {other}?"),
        }
    }
}

fn read_struct<'a>(opening: &str, lines: &mut impl Iterator<Item = &'a str>) -> Struct {
    let mut fields = Vec::new();
    for line in lines {
        if let Some(end) = line.strip_prefix('}') {
            let named = opening
                .trim_start_matches("typedef ")
                .trim_end_matches(" {");
            let c_type = match named {
                "struct" => end.trim().trim_end_matches(';').to_owned(),
                named => named.to_owned(),
            };
            return Struct { c_type, fields };
        }
        fields.push(read_field(line.trim().trim_end_matches(';')));
    }
    panic!("a struct without an end: {opening}");
}

fn read_field(declaration: &str) -> Field {
    let (declarator, array) = match declaration.find('[') {
        Some(bracket) => declaration.split_at(bracket),
        None => (declaration, ""),
    };
    let name = last_word(declarator);
    let c_type = declarator
        .strip_suffix(&name)
        .expect("the name stands last")
        .trim();
    Field {
        c_type: format!("{c_type}{array}"),
        name,
    }
}

/// The identifier at the end of a declaration, without the `*` of a pointer.
fn last_word(declaration: &str) -> String {
    declaration
        .rsplit(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .next()
        .unwrap_or_default()
        .to_owned()
}
