import type { Role } from '../../api';

/** What the overview is made of. */
export type Panel = 'kpis' | 'doNow' | 'sales' | 'stores' | 'fleet' | 'care';
/** Panels that share a line, where the screen is wide enough; figures and the table of stores need one of their own. */
export type Row = readonly [Panel] | readonly [Panel, Panel];

const TRADE: readonly Row[] = [['kpis'], ['doNow', 'sales'], ['stores']];

/**
 * What each role needs first stands first: who trades sees figures and tasks, who guards sees tasks before figures, who
 * runs the devices or the hub sees those, and who judges numbers sees the curve in full width.
 */
const HOME: Record<Role, readonly Row[]> = {
  viewer: TRADE,
  store_manager: TRADE,
  operations: TRADE,
  owner: TRADE,
  loss_prevention: [['doNow', 'sales'], ['stores'], ['kpis']],
  analyst: [['kpis'], ['sales'], ['stores'], ['doNow']],
  fleet_engineer: [['doNow', 'fleet'], ['stores'], ['kpis']],
  admin: [['kpis'], ['doNow', 'care'], ['sales'], ['stores']],
};

/** The rows of a role's home; a role of a newer hub gets the common one. */
export function homeOf(role: string): readonly Row[] {
  return Object.hasOwn(HOME, role) ? HOME[role as Role] : TRADE;
}
