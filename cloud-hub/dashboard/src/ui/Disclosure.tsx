import Box from '@mui/material/Box';
import type { ReactNode } from 'react';

/** More of something, for who asks; as high as a thumb where there are thumbs. */
export function Disclosure({ summary, strong, children }: { summary: string; strong?: boolean; children: ReactNode }) {
  return (
    <Box component="details" sx={{ minWidth: 0 }}>
      <Box
        component="summary"
        sx={{
          cursor: 'pointer',
          typography: 'body2',
          fontWeight: strong ? 600 : undefined,
          paddingBlock: 0.5,
          '@media (pointer: coarse), (max-width: 599.95px)': { paddingBlock: 1.5 },
        }}
      >
        {summary}
      </Box>
      {children}
    </Box>
  );
}
