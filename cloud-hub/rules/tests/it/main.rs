//! The promises of the room, each across its modules.

mod case_chain;
mod case_work;
mod incident_events;
mod incident_work;
mod notices;
mod notices_sent;
mod quiet_hours;
mod rule_form;
mod rule_history;
mod rule_live;
mod say;
mod webhook_calls;
mod webhook_reach;
