//! `vyavs-edge modbus probe`: what a device says at the addresses of a template, counted from 0 and from 1, so that its
//! `base` is proven by one value that can be read off the device.

use std::fmt::Write as _;

use tokio_util::sync::CancellationToken;
use vyavs_service::lifecycle::Lifecycle;

use super::template::{Point, Template, TemplateError};
use super::{Buses, ModbusConfig, Wire};
use crate::health::InputHandle;

/// A table: each point of the section's sensors (or `point` alone), read at both addresses. The device's answers and
/// refusals are in it; the error is the template's. The port has to be free: the agent must not run.
pub async fn probe(
    section: &ModbusConfig,
    point: Option<&str>,
    handle: &InputHandle,
    life: &Lifecycle,
) -> Result<String, TemplateError> {
    let template = Template::open(&section.template)?;
    let wanted: Vec<&Point> = match point {
        Some(name) => vec![template.point(name).ok_or_else(|| TemplateError::NoPoint {
            sensor: "(probe)".to_owned(),
            point: name.to_owned(),
            template: template.name.clone(),
            known: template.points.iter().map(|point| point.name.clone()).collect(),
        })?],
        None => template.points.iter().filter(|one| section.sensors.iter().any(|s| s.point == one.name)).collect(),
    };
    let buses = Buses::of(std::slice::from_ref(section)).unwrap_or_default();
    let stop = CancellationToken::new();
    let mut lines = Vec::new();
    for line in buses.lines() {
        lines.push(life.spawn(line.run(handle.clone(), stop.clone(), vyavs_service::lifecycle::Pulse::default())));
    }
    let mut text =
        format!("{}: template {}, base {} ({})\n", section.name, template.name, template.base, template.source);
    match Wire::connect(section, &buses).await {
        Err(why) => {
            let _ = writeln!(text, "{why}");
        }
        Ok(mut wire) => {
            for point in wanted {
                for base in [0, 1] {
                    let Some(address) = point.register.checked_sub(base) else { continue };
                    let said = match wire.ask(section, point.kind, address, point.value_type.registers()).await {
                        Err(why) => why,
                        Ok(Err(exception)) => exception.to_string(),
                        Ok(Ok(words)) => {
                            let raw: Vec<String> = words.iter().map(|word| format!("{word:04x}")).collect();
                            let value = point.read(&words).map_or_else(|why| why, |raw| point.value(raw).to_string());
                            format!("{} = {value} {}", raw.join(" "), point.measure.unit())
                        }
                    };
                    let chosen = if base == template.base { " (as the template has it)" } else { "" };
                    let _ = writeln!(text, "{}, register {}, base {base}: {said}{chosen}", point.name, point.register);
                }
            }
        }
    }
    stop.cancel();
    for line in lines {
        // The port is free when this returns.
        let _ = line.await;
    }
    Ok(text)
}
