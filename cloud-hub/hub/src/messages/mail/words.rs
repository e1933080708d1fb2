//! What mail says, in one place: each letter as paragraphs, written out as plain text and as simple HTML.

use jiff::Timestamp;

/// The words of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    subject: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Paragraph(String),
    Button { label: &'static str, url: String },
    Small(String),
}

fn until(at: Timestamp) -> String {
    at.strftime("%-d %B %Y, %H:%M UTC").to_string()
}

impl Words {
    fn new(subject: impl Into<String>) -> Self {
        // On one line, whatever people put into names.
        let subject = subject.into().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        Self { subject, parts: Vec::new() }
    }

    fn say(mut self, text: impl Into<String>) -> Self {
        self.parts.push(Part::Paragraph(text.into()));
        self
    }

    fn button(mut self, label: &'static str, url: impl Into<String>) -> Self {
        self.parts.push(Part::Button { label, url: url.into() });
        self
    }

    fn small(mut self, text: impl Into<String>) -> Self {
        self.parts.push(Part::Small(text.into()));
        self
    }

    /// Somebody may join.
    pub fn invitation(organization: &str, link: &str, good_until: Timestamp) -> Self {
        Self::new(format!("Your invitation to {organization}"))
            .say(format!("You have been invited to work with {organization} in VyavsAI."))
            .button("Choose a password", link)
            .small(format!("The link works once, until {}. If you did not expect this, do nothing.", until(good_until)))
    }

    /// Somebody forgot a password.
    pub fn password_reset(link: &str, good_until: Timestamp) -> Self {
        Self::new("Choose a new password")
            .say("Somebody, probably you, asked for a new password for this address in VyavsAI.")
            .button("Choose a new password", link)
            .small(format!(
                "The link works once, until {}. It ends all of your sign-ins. If it was not you, do nothing: your password stays as it is.",
                until(good_until)
            ))
    }

    /// A password is another one now.
    pub fn password_changed(at: Timestamp) -> Self {
        Self::new("Your password was changed")
            .say(format!("Your password for VyavsAI was changed on {}, and all sign-ins were ended.", until(at)))
            .small("If it was not you, tell an administrator of your organization at once.")
    }

    /// What stands in the dashboard, too.
    pub fn notification(title: &str, body: &str, link: &str) -> Self {
        Self::new(title)
            .say(body)
            .button("Open in VyavsAI", link)
            .small("Which notifications come by mail is set in your account.")
    }

    /// An alert, by a route of the organization.
    pub fn alert(title: &str, body: &str, link: &str) -> Self {
        Self::new(title)
            .say(body)
            .button("Open the alert", link)
            .small("A notification route of your organization sent this. It is changed by whoever writes its rules.")
    }

    /// The subject.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// As plain text.
    pub fn text(&self) -> String {
        let part = |part: &Part| match part {
            Part::Paragraph(text) | Part::Small(text) => text.clone(),
            Part::Button { label, url } => format!("{label}:\n{url}"),
        };
        let mut text = self.parts.iter().map(part).collect::<Vec<_>>().join("\n\n");
        text.push('\n');
        text
    }

    /// As HTML: no picture, nothing from elsewhere.
    pub fn html(&self) -> String {
        let part = |part: &Part| match part {
            Part::Paragraph(text) => format!("<p>{}</p>", escaped(text)),
            Part::Small(text) => format!("<p style=\"color:#57606a;font-size:13px\">{}</p>", escaped(text)),
            Part::Button { label, url } => format!(
                "<p><a href=\"{0}\" style=\"background:#0b57d0;border-radius:6px;color:#ffffff;display:inline-block;padding:10px 16px;text-decoration:none\">{1}</a></p><p style=\"color:#57606a;font-size:13px\">{0}</p>",
                escaped(url),
                escaped(label)
            ),
        };
        let parts: String = self.parts.iter().map(part).collect();
        format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title></head><body style=\"font-family:sans-serif;font-size:15px;line-height:1.5\">{parts}</body></html>",
            escaped(&self.subject)
        )
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_text_in_html_and_one_line_in_a_subject() {
        let at = "2026-02-03T12:00:00Z".parse().expect("an instant");
        let words = Words::invitation("<b>A & \"B\"</b>\r\nBcc: x@y", "https://hub.example/invitation#vyl_1", at);
        assert!(!words.subject().contains(['\r', '\n']), "{}", words.subject());
        let html = words.html();
        assert!(!html.contains("<b>") && html.contains("&lt;b&gt;A &amp; &quot;B&quot;"), "{html}");
        assert!(html.contains("href=\"https://hub.example/invitation#vyl_1\""));
        assert!(words.text().contains("https://hub.example/invitation#vyl_1\n"));
        assert!(words.text().contains("3 February 2026, 12:00 UTC"), "{}", words.text());
    }
}
