import { expect, test } from 'vitest';
import { HELD } from '../../testing/roles';
import { homeOf, type Panel } from './home';

/** What the hub wants for what a panel asks. */
const NEEDS: Record<Panel, string[]> = {
  kpis: ['sales.read'], doNow: ['alerts.read', 'fleet.read'], sales: ['sales.read'], stores: ['stores.read'], fleet: ['fleet.read'], care: ['audit.read', 'keys.write'],
};

test('every role sees its tasks, and nothing that the hub would refuse it', () => {
  for (const [role, held] of Object.entries(HELD)) {
    const panels = homeOf(role).flat();
    expect(new Set(panels).size, role).toBe(panels.length);
    expect(panels, role).toContain('doNow');
    for (const row of homeOf(role)) if (row.length > 1) expect(row, role).not.toContain('stores');
    for (const panel of panels) for (const need of NEEDS[panel]) expect(held, `${role}: ${panel}`).toContain(need);
  }
});

test('a role that this page does not know has the common home', () => {
  expect(homeOf('regional_manager')).toBe(homeOf('viewer'));
  expect(homeOf('toString')).toBe(homeOf('viewer'));
});
