import type { Role } from '../api';

const VIEWER = [
  'self', 'organization.read', 'stores.read', 'sales.read', 'catalog.read', 'stock.read', 'telemetry.read', 'alerts.read', 'fleet.read',
  'forecasts.read', 'pricing.read', 'twin.read', 'jobs.read', 'reports.read',
];
const MANAGER = [...VIEWER, 'alerts.act', 'stock.write', 'exports.create'];
const ANALYST = [...VIEWER, 'forecasts.write', 'pricing.write', 'risks.analyze', 'twin.run', 'jobs.write', 'reports.write', 'exports.create'];
const OPERATIONS = [...ANALYST, 'stores.write', 'catalog.write', 'stock.write', 'alerts.act', 'rules.write', 'cases.read', 'webhooks.read', 'users.read'];
const ADMIN = [...OPERATIONS, 'organization.write', 'fleet.write', 'cases.write', 'webhooks.write', 'users.write', 'keys.write', 'audit.read', 'privacy.manage', 'system.read'];

/** The hub's roles, from the least to the most, as far as pages ask for their permissions. */
export const HELD: Record<Role, string[]> = {
  viewer: VIEWER,
  store_manager: MANAGER,
  loss_prevention: [...MANAGER, 'rules.write', 'cases.read', 'cases.write', 'cases.close', 'risks.analyze', 'reports.write'],
  analyst: ANALYST,
  fleet_engineer: [...VIEWER, 'fleet.write', 'alerts.act', 'rules.write', 'jobs.write', 'system.read'],
  operations: OPERATIONS,
  admin: ADMIN,
  owner: [...ADMIN, 'cases.close'],
};

export const MEANING: Record<string, string> = {
  self: 'Own account: password, second factors, sign-ins, notifications.',
  'organization.read': 'See the organization’s name and settings.',
  'organization.write': 'Change the organization’s name and settings.',
  'stores.read': 'See stores and how they are doing.',
  'stores.write': 'Open and change stores.',
  'sales.read': 'See sales figures, tickets and till events.',
  'catalog.read': 'See products, prices and barcodes.',
  'stock.read': 'See stock and its movements.',
  'telemetry.read': 'See sensors and their curves.',
  'alerts.read': 'See alarms and alerts.',
  'fleet.read': 'See devices and what they still owe.',
  'fleet.write': 'Enrol, change and revoke devices.',
  'users.read': 'See people, roles and what they may do.',
  'users.write': 'Invite people, change their roles and reach, shut them out.',
  'keys.write': 'Make and revoke keys of machines, set up single sign-on.',
  'audit.read': 'Read, verify and export the audit log.',
};
