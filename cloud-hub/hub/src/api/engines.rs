//! What an answer says of the engine behind it. No engine of this page is part of this hub yet: reads give the rows that lie
//! in the tables (whoever wrote them), runs are refused by name, and no number is made up in between.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem::Problem;

/// Whether an engine runs in this hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EngineState {
    /// It is not part of this hub: nothing computes, and an empty list says nothing about the shops.
    NotAvailable,
    /// It runs.
    Available,
}

/// The engine that an answer would come from.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Engine {
    /// Which.
    #[schema(example = "forecasting")]
    pub name: String,
    /// Whether it runs here.
    pub state: EngineState,
    /// What that means for this answer, for people.
    #[schema(
        example = "No forecasting engine is installed in this hub; shown are the rows that lie in the table, if any."
    )]
    pub detail: String,
}

/// The engines of the user's design that no part of this hub is yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    Forecasting,
    Pricing,
    RiskAnalysis,
    Twin,
    InventoryOptimization,
    MarketingOptimization,
}

impl Missing {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Forecasting => "forecasting",
            Self::Pricing => "price optimization",
            Self::RiskAnalysis => "risk analysis",
            Self::Twin => "digital twin",
            Self::InventoryOptimization => "inventory optimization",
            Self::MarketingOptimization => "marketing optimization",
        }
    }

    /// For an answer that shows what there is without it.
    pub(crate) fn engine(self, shown: &str) -> Engine {
        Engine {
            name: self.name().to_owned(),
            state: EngineState::NotAvailable,
            detail: format!("No {} engine is installed in this hub; {shown}", self.name()),
        }
    }

    /// For a run that cannot be made.
    pub(crate) fn refusal(self) -> Problem {
        Problem::NoEngine(self.name())
    }
}
