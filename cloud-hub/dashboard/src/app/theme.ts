import { createTheme, type Theme } from '@mui/material/styles';

declare module '@mui/material/styles' {
  interface Palette {
    /** Chart inks: each is at least 3:1 against the paper it is drawn on. */
    chart: { main: string; band: string; bar: string; barSoft: string; limit: string; grid: string; axis: string };
    tone: Record<Tone, { text: string; soft: string; edge: string }>;
  }
  interface PaletteOptions {
    chart: Palette['chart'];
    tone: Palette['tone'];
  }
}

/** What a state feels like. Text on `soft` is at least 4.5:1; colour never speaks alone. */
export type Tone = 'good' | 'info' | 'warn' | 'bad' | 'quiet';

const FONT = 'Inter, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Noto Sans", sans-serif';
const TOUCH = '@media (pointer: coarse), (max-width: 599.95px)';

const light = {
  mode: 'light' as const,
  primary: { main: '#0f5f66', dark: '#0a464c', light: '#e2f0f0', contrastText: '#ffffff' },
  background: { default: '#f4f6f6', paper: '#ffffff' },
  text: { primary: '#15262a', secondary: '#4d6065' },
  divider: '#dfe6e6',
  error: { main: '#b42318' },
  warning: { main: '#93540a' },
  success: { main: '#1a7048' },
  chart: {
    main: '#0f6f78',
    band: 'rgba(15, 111, 120, 0.16)',
    bar: '#2b8088',
    barSoft: '#8fbcc0',
    limit: '#b42318',
    grid: '#e8eded',
    axis: '#4d6065',
  },
  tone: {
    good: { text: '#17623f', soft: '#e5f4ec', edge: '#2d9566' },
    info: { text: '#0c545b', soft: '#e2f0f0', edge: '#2b8088' },
    warn: { text: '#7a4506', soft: '#fdf1dc', edge: '#c27a12' },
    bad: { text: '#9b1c13', soft: '#fdeae8', edge: '#cf3b2e' },
    quiet: { text: '#4d6065', soft: '#edf1f1', edge: '#8a9b9f' },
  },
};

const dark = {
  mode: 'dark' as const,
  primary: { main: '#6cc3c9', dark: '#4aa7ae', light: '#17363a', contrastText: '#04191b' },
  background: { default: '#0e1517', paper: '#161f22' },
  text: { primary: '#e6eeee', secondary: '#a3b4b7' },
  divider: '#29363a',
  error: { main: '#ff8f85', dark: '#ff7a6e', contrastText: '#2b0704' },
  warning: { main: '#f2b55c' },
  success: { main: '#6fd3a2' },
  chart: {
    main: '#6cc3c9',
    band: 'rgba(108, 195, 201, 0.20)',
    bar: '#4aa7ae',
    barSoft: '#2d5f64',
    limit: '#ff8f85',
    grid: '#243034',
    axis: '#a3b4b7',
  },
  tone: {
    good: { text: '#84dcb1', soft: '#142e23', edge: '#3fa877' },
    info: { text: '#8bd3d8', soft: '#14303400', edge: '#4aa7ae' },
    warn: { text: '#f5c178', soft: '#33260f', edge: '#c98a2b' },
    bad: { text: '#ffa9a1', soft: '#3a1a17', edge: '#e0594c' },
    quiet: { text: '#a3b4b7', soft: '#202b2f', edge: '#6b7d81' },
  },
};
dark.tone.info.soft = '#143034';

export function makeTheme(mode: 'light' | 'dark', direction: 'ltr' | 'rtl'): Theme {
  const palette = mode === 'light' ? light : dark;
  return createTheme({
    direction,
    palette,
    shape: { borderRadius: 10 },
    typography: {
      fontFamily: FONT,
      h1: { fontSize: '1.5rem', fontWeight: 650, lineHeight: 1.25, letterSpacing: '-0.01em' },
      h2: { fontSize: '1.0625rem', fontWeight: 650, lineHeight: 1.35 },
      h3: { fontSize: '0.9375rem', fontWeight: 600, lineHeight: 1.4 },
      body2: { fontSize: '0.875rem' },
      caption: { fontSize: '0.8125rem', lineHeight: 1.4 },
      button: { textTransform: 'none', fontWeight: 600 },
    },
    components: {
      MuiCssBaseline: {
        styleOverrides: {
          body: { fontVariantNumeric: 'tabular-nums', overflowWrap: 'anywhere' },
          ':focus-visible': { outline: `3px solid ${palette.primary.main}`, outlineOffset: 2 },
          '@media (prefers-reduced-motion: reduce)': {
            '*, *::before, *::after': {
              animationDuration: '0.01ms !important',
              animationIterationCount: '1 !important',
              transitionDuration: '0.01ms !important',
              scrollBehavior: 'auto !important',
            },
          },
        },
      },
      MuiPaper: { defaultProps: { elevation: 0 }, styleOverrides: { root: { backgroundImage: 'none' } } },
      MuiButtonBase: {
        defaultProps: { disableRipple: true },
        // Its own style takes the outline away, and without a ripple nothing else would show where the focus is.
        styleOverrides: { root: { '&:focus-visible': { outline: `3px solid ${palette.primary.main}`, outlineOffset: 2 } } },
      },
      MuiButton: {
        defaultProps: { disableElevation: true },
        // Long ids may break anywhere; a word on a button may not, so it keeps the room it needs.
        styleOverrides: { root: { borderRadius: 8, overflowWrap: 'break-word', [TOUCH]: { minHeight: 44 } }, sizeSmall: { minWidth: 44 } },
      },
      MuiIconButton: { styleOverrides: { root: { [TOUCH]: { minWidth: 44, minHeight: 44 } } } },
      MuiToggleButton: {
        styleOverrides: {
          root: { textTransform: 'none', paddingBlock: 5, paddingInline: 12, [TOUCH]: { minHeight: 44, minWidth: 44 } },
        },
      },
      // What a field that is not to be changed says about itself is still to be read.
      MuiFormHelperText: { styleOverrides: { root: { '&.Mui-disabled': { color: palette.text.secondary } } } },
      MuiFormControlLabel: { styleOverrides: { root: { [TOUCH]: { minHeight: 44 } } } },
      MuiMenuItem: { styleOverrides: { root: { [TOUCH]: { minHeight: 44 } } } },
      MuiTableCell: {
        styleOverrides: {
          root: { borderColor: palette.divider, paddingBlock: 10 },
          head: { color: palette.text.secondary, fontWeight: 600, fontSize: '0.8125rem', whiteSpace: 'nowrap' },
        },
      },
      // On a phone the room beside a dialog is its fields' to use.
      MuiDialog: { styleOverrides: { paper: { '@media (max-width: 599.95px)': { margin: 12, width: 'calc(100% - 24px)', maxHeight: 'calc(100% - 24px)' } } } },
      MuiDialogContent: { styleOverrides: { root: { '@media (max-width: 599.95px)': { paddingInline: 16 } } } },
      MuiSkeleton: { defaultProps: { animation: 'wave' } },
    },
  });
}
