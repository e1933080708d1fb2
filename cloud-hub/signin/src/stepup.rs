//! Whether a sign-in is fresh and strong enough for what is asked now; if not, what the person is asked to do.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How a person proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// A password.
    Password,
    /// A code of an authenticator app.
    Totp,
    /// A code on paper.
    RecoveryCode,
    /// A passkey that verified its user: what one has and, with finger or PIN, what one is or knows.
    Passkey,
    /// A sign-in at another service with one factor, or with who knows how many.
    Provider,
    /// A sign-in at another service that says it asked for two (`amr` or `acr`).
    ProviderTwice,
}

/// A factor and when it was proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Which.
    pub factor: Factor,
    /// When.
    pub at: Timestamp,
}

/// How strongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// Any factor.
    One,
    /// Two of different kinds: knowledge and possession.
    Two,
    /// A passkey: nothing that a person could be talked into typing elsewhere.
    Unphishable,
}

/// What an action asks of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// How strongly.
    pub strength: Strength,
    /// How long ago at the most each counted factor was proven.
    pub within: SignedDuration,
    /// How old at the most the sign-in itself is, however often it was renewed.
    pub signed_in_within: SignedDuration,
}

/// What is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// The sign-in is too old, or from a time that has not come.
    #[error("the sign-in is too old for this; sign in again")]
    SignIn,
    /// No factor was proven lately.
    #[error("confirm that it is you: password or passkey")]
    Any,
    /// One kind was proven, the other was not.
    #[error("confirm with a second factor: {0}")]
    Second(Kind),
    /// Only a passkey will do.
    #[error("confirm with a passkey")]
    Passkey,
}

/// What kind of proof a factor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Something one knows.
    Knowledge,
    /// Something one has.
    Possession,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Knowledge => "your password, or a passkey",
            Self::Possession => "a code of your app, a recovery code or a passkey",
        })
    }
}

impl Need {
    /// For what can be undone: five minutes, two factors, a sign-in of today.
    pub const SENSITIVE: Self = Self {
        strength: Strength::Two,
        within: SignedDuration::from_mins(5),
        signed_in_within: SignedDuration::from_hours(12),
    };
}

impl Factor {
    fn kinds(self) -> &'static [Kind] {
        match self {
            // Another service's single factor is taken for knowledge: with a code of ours it makes two.
            Self::Password | Self::Provider => &[Kind::Knowledge],
            Self::Totp | Self::RecoveryCode => &[Kind::Possession],
            Self::Passkey | Self::ProviderTwice => &[Kind::Knowledge, Kind::Possession],
        }
    }
}

/// Whether a sign-in of `signed_in_at` with these proofs is enough at `now`. A proof from before the sign-in is another
/// sign-in's and does not count; neither does one from the future.
pub fn fresh_enough(signed_in_at: Timestamp, factors: &[Proof], now: Timestamp, need: Need) -> Result<(), Missing> {
    if signed_in_at > now || now.duration_since(signed_in_at) > need.signed_in_within {
        return Err(Missing::SignIn);
    }
    let fresh = || {
        let counts =
            |proof: &&Proof| proof.at >= signed_in_at && proof.at <= now && now.duration_since(proof.at) <= need.within;
        factors.iter().filter(counts).map(|proof| proof.factor)
    };
    let has = |kind: Kind| fresh().any(|factor| factor.kinds().contains(&kind));
    match need.strength {
        Strength::Unphishable if fresh().any(|factor| factor == Factor::Passkey) => Ok(()),
        Strength::Unphishable => Err(Missing::Passkey),
        Strength::One if fresh().next().is_some() => Ok(()),
        Strength::One => Err(Missing::Any),
        Strength::Two => match (has(Kind::Knowledge), has(Kind::Possession)) {
            (true, true) => Ok(()),
            (true, false) => Err(Missing::Second(Kind::Possession)),
            (false, true) => Err(Missing::Second(Kind::Knowledge)),
            (false, false) => Err(Missing::Any),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("a time")
    }

    fn need(strength: Strength) -> Need {
        Need { strength, ..Need::SENSITIVE }
    }

    #[test]
    fn which_factors_are_how_strong() {
        use Factor::{Passkey, Password, Provider, ProviderTwice, RecoveryCode, Totp};
        let two = |missing| Err(Missing::Second(missing));
        type Verdict = Result<(), Missing>;
        let cases: [(&[Factor], Verdict, Verdict, Verdict); 9] = [
            (&[], Err(Missing::Any), Err(Missing::Any), Err(Missing::Passkey)),
            (&[Password], Ok(()), two(Kind::Possession), Err(Missing::Passkey)),
            (&[Password, Provider], Ok(()), two(Kind::Possession), Err(Missing::Passkey)),
            (&[Totp, RecoveryCode], Ok(()), two(Kind::Knowledge), Err(Missing::Passkey)),
            (&[Password, Totp], Ok(()), Ok(()), Err(Missing::Passkey)),
            (&[Password, RecoveryCode], Ok(()), Ok(()), Err(Missing::Passkey)),
            (&[Provider, Totp], Ok(()), Ok(()), Err(Missing::Passkey)),
            (&[ProviderTwice], Ok(()), Ok(()), Err(Missing::Passkey)),
            (&[Passkey], Ok(()), Ok(()), Ok(())),
        ];
        for (factors, one, both, unphishable) in cases {
            let proofs: Vec<Proof> = factors.iter().map(|factor| Proof { factor: *factor, at: at(0) }).collect();
            for (strength, expected) in
                [(Strength::One, one), (Strength::Two, both), (Strength::Unphishable, unphishable)]
            {
                assert_eq!(fresh_enough(at(0), &proofs, at(1), need(strength)), expected, "{factors:?} {strength:?}");
            }
        }
    }

    #[test]
    fn proofs_age_one_by_one() {
        let proofs = [Proof { factor: Factor::Password, at: at(0) }, Proof { factor: Factor::Totp, at: at(100) }];
        let ask = |seconds| fresh_enough(at(0), &proofs, at(seconds), need(Strength::Two));
        assert_eq!(ask(300), Ok(()));
        assert_eq!(ask(301), Err(Missing::Second(Kind::Knowledge)));
        assert_eq!(ask(400), Err(Missing::Second(Kind::Knowledge)));
        assert_eq!(ask(401), Err(Missing::Any));
    }

    #[test]
    fn an_old_sign_in_a_foreign_proof_and_a_clock_set_back_do_not_count() {
        let proofs = [Proof { factor: Factor::Passkey, at: at(43_200) }];
        let ask = |signed_in, now| fresh_enough(at(signed_in), &proofs, at(now), need(Strength::Unphishable));
        assert_eq!(ask(0, 43_200), Ok(()));
        assert_eq!(ask(0, 43_201), Err(Missing::SignIn));
        assert_eq!(ask(43_201, 43_202), Err(Missing::Passkey));
        assert_eq!(ask(0, 43_199), Err(Missing::Passkey));
        assert_eq!(ask(43_199, 43_198), Err(Missing::SignIn));
    }
}
