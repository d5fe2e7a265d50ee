//! MIGRATION.md is current: the table of opcodes is the generated one, and every warning's section exists.

#![forbid(unsafe_code)]

use pretty_assertions::assert_eq;

const PAGE: &str = include_str!("../MIGRATION.md");

#[test]
fn the_table_of_opcodes_is_the_generated_one() {
    let begin = "<!-- opcodes: written by `ferrous ops --markdown` -->\n";
    let table = PAGE.split_once(begin).expect("the table has a beginning").1;
    let table = table.split_once("<!-- end of opcodes -->").expect("the table has an end").0;
    assert_eq!(table.trim(), ferrous::router::markdown_table().trim());
}

#[cfg(feature = "compat")]
#[test]
fn every_warning_points_to_a_section() {
    let items = ferrous::compat::deprecation::items();
    assert!(!items.is_empty());
    for item in items {
        let anchor = format!("<a id=\"{}\"></a>", item.anchor);
        assert!(PAGE.contains(&anchor), "{} points to {}, which MIGRATION.md lacks", item.api, item.anchor);
    }
}

#[test]
fn every_link_within_the_page_leads_somewhere() {
    for (_, rest) in PAGE.match_indices("](#").map(|(at, _)| PAGE[at..].split_at(3)) {
        let anchor = rest.split(')').next().unwrap_or_default();
        let headings = PAGE.lines().filter_map(|line| line.strip_prefix('#'));
        let mut slugs = headings.map(|line| {
            let text = line.trim_start_matches('#').trim().to_lowercase();
            let kept: String = text.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).collect();
            kept.replace(' ', "-")
        });
        let found = PAGE.contains(&format!("<a id=\"{anchor}\"></a>")) || slugs.any(|slug| slug == anchor);
        assert!(found, "there is no section #{anchor}");
    }
}
