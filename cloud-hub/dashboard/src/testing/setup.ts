import '@testing-library/jest-dom/vitest';
import { cleanup, configure } from '@testing-library/react';
import { afterEach, beforeAll, vi } from 'vitest';
import { startI18n } from '../i18n';

// There is no canvas here; what it draws is looked at in a browser, what it means is in ChartFrame.
vi.mock('../ui/chart/TimeChart', () => ({ default: () => null }));

// A busy machine is slow, not wrong.
configure({ asyncUtilTimeout: 15_000 });

beforeAll(async () => {
  await startI18n();
});

afterEach(() => {
  cleanup();
  localStorage.clear();
  sessionStorage.clear();
});
