//! Aligned text: columns for lists, name and value for one record.

/// The longest cell of a list; what is longer ends in an ellipsis.
const CELL_MAX: usize = 48;

/// Rows of text under headings, aligned when rendered.
#[derive(Debug, Default)]
pub(crate) struct Table {
    headings: Vec<String>,
    rows: Vec<Vec<String>>,
    in_full: bool,
}

impl Table {
    /// An empty table with these headings.
    pub(crate) fn new<T: Into<String>>(headings: impl IntoIterator<Item = T>) -> Self {
        Table { headings: headings.into_iter().map(Into::into).collect(), rows: Vec::new(), in_full: false }
    }

    /// As [`Table::new`], for cells nobody wants shortened.
    pub(crate) fn in_full<T: Into<String>>(headings: impl IntoIterator<Item = T>) -> Self {
        Table { in_full: true, ..Table::new(headings) }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let longest = if self.in_full { usize::MAX } else { CELL_MAX };
        self.rows.push(cells.into_iter().map(|cell| shorten(&cell, longest)).collect());
    }

    /// The table as text, numbers to the right, each row indented by `indent` blanks.
    pub(crate) fn render(&self, indent: usize) -> String {
        let mut text = line(&self.headings, self, indent);
        for row in &self.rows {
            text.push_str(&line(row, self, indent));
        }
        text
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().chain([&self.headings]).filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    }

    fn is_numeric(&self, column: usize) -> bool {
        let mut cells = self.rows.iter().filter_map(|row| row.get(column)).filter(|cell| !cell.is_empty()).peekable();
        cells.peek().is_some() && cells.all(|cell| cell.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '-')))
    }
}

/// Names and values under each other, values aligned.
pub(crate) fn block(pairs: &[(String, String)], indent: usize) -> String {
    let width = pairs.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let continued = format!("\n{}", " ".repeat(indent + width + 2));
    let mut text = String::new();
    for (name, value) in pairs {
        let value = value.replace('\n', &continued);
        text.push_str(format!("{:indent$}{name:width$}  {value}", "").trim_end());
        text.push('\n');
    }
    text
}

/// An amount or a count with a comma between thousands.
pub(crate) fn grouped(number: &str) -> String {
    let (whole, rest) = number.split_once('.').map_or((number, String::new()), |(whole, rest)| (whole, format!(".{rest}")));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    if !digits.chars().all(|c| c.is_ascii_digit()) {
        return number.to_owned();
    }
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{sign}{text}{rest}")
}

fn line(cells: &[String], table: &Table, indent: usize) -> String {
    let mut text = " ".repeat(indent);
    for (column, cell) in cells.iter().enumerate() {
        let width = table.width(column);
        if column > 0 {
            text.push_str("  ");
        }
        let padded = if table.is_numeric(column) { format!("{cell:>width$}") } else { format!("{cell:width$}") };
        text.push_str(&padded);
    }
    format!("{}\n", text.trim_end())
}

fn shorten(cell: &str, longest: usize) -> String {
    let cell: String = cell.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if cell.chars().count() <= longest {
        return cell;
    }
    let start: String = cell.chars().take(longest.saturating_sub(1)).collect();
    format!("{start}…")
}

#[cfg(test)]
mod tests {
    use super::{Table, block, grouped};

    #[test]
    fn words_stand_to_the_left_and_numbers_to_the_right() {
        let mut table = Table::new(["stage", "count"]);
        table.row(["won".to_owned(), "4,238".to_owned()]);
        table.row(["qualify".to_owned(), "5".to_owned()]);

        assert_eq!(table.render(0), "stage    count\nwon      4,238\nqualify      5\n");
    }

    #[test]
    fn a_long_cell_ends_in_an_ellipsis_and_stays_on_its_line() {
        let mut table = Table::new(["text"]);
        table.row(["a\nb ".repeat(30)]);

        let text = table.render(0);

        assert_eq!(text.lines().count(), 2);
        assert!(text.trim_end().ends_with('…'));
    }

    #[test]
    fn the_second_line_of_a_value_stands_below_the_first() {
        assert_eq!(block(&[("note".into(), "one\ntwo".into())], 2), "  note  one\n        two\n");
    }

    #[test]
    fn thousands_are_separated() {
        assert_eq!(grouped("10005534"), "10,005,534");
        assert_eq!(grouped("-1234.50"), "-1,234.50");
        assert_eq!(grouped("999"), "999");
    }
}
