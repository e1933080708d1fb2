//! Names of files by a pattern.

/// Whether a name is of one of the patterns `a|b`, in which `*` is any text and `?` any letter.
pub fn matches(patterns: &str, name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    patterns.split('|').any(|pattern| {
        let pattern: Vec<char> = pattern.trim().chars().collect();
        let (mut at, mut in_name, mut star) = (0, 0, None);
        while in_name < name.len() {
            match pattern.get(at) {
                Some('*') => {
                    star = Some((at, in_name));
                    at += 1;
                }
                Some(letter) if *letter == '?' || *letter == name[in_name] => (at, in_name) = (at + 1, in_name + 1),
                _ => match star {
                    Some((from, taken)) => {
                        star = Some((from, taken + 1));
                        (at, in_name) = (from + 1, taken + 1);
                    }
                    None => return false,
                },
            }
        }
        pattern[at..].iter().all(|letter| *letter == '*')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_name_with_stars() {
        for (pattern, name, fits) in [
            ("*.xml|*.xml.gz", "POSLog.xml", true),
            ("*.xml|*.xml.gz", "POSLog.xml.gz", true),
            ("*.xml|*.xml.gz", "POSLog.xml.tmp", false),
            ("log-??.csv", "log-07.csv", true),
            ("log-??.csv", "log-7.csv", false),
            ("*", "", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbY", false),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }
}
