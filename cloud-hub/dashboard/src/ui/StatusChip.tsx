import Box from '@mui/material/Box';
import type { ReactNode } from 'react';
import type { Tone } from '../app/theme';

/** A state in one word: a shape, a text and a colour that say the same. */
export function StatusChip({ tone, children, solid = true }: { tone: Tone; children: ReactNode; solid?: boolean }) {
  return (
    <Box
      component="span"
      sx={(theme) => ({
        display: 'inline-flex',
        alignItems: 'center',
        gap: 0.75,
        paddingBlock: solid ? 0.25 : 0,
        paddingInline: solid ? 1 : 0,
        borderRadius: 999,
        fontSize: '0.8125rem',
        fontWeight: 600,
        lineHeight: 1.5,
        whiteSpace: 'nowrap',
        color: theme.palette.tone[tone].text,
        backgroundColor: solid ? theme.palette.tone[tone].soft : 'transparent',
        '@media (forced-colors: active)': { border: '1px solid CanvasText' },
      })}
    >
      <Box
        component="span"
        aria-hidden
        sx={(theme) => ({
          width: 8,
          height: 8,
          flex: 'none',
          borderRadius: tone === 'bad' ? '2px' : '50%',
          border: `2px solid ${theme.palette.tone[tone].edge}`,
          backgroundColor: tone === 'quiet' ? 'transparent' : theme.palette.tone[tone].edge,
        })}
      />
      {children}
    </Box>
  );
}
