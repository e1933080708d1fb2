import Box from '@mui/material/Box';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import { useId, type ReactNode } from 'react';
import { FreshnessBadge } from './FreshnessBadge';

interface SectionProps {
  title: string;
  asOf?: string | null;
  zone?: string;
  actions?: ReactNode;
  hint?: ReactNode;
  flush?: boolean;
  children: ReactNode;
}

/** A named region on its own paper. `flush` lets a table run to the edges. */
export function Section({ title, asOf, zone, actions, hint, flush, children }: SectionProps) {
  const id = useId();
  return (
    <Paper
      component="section"
      aria-labelledby={id}
      sx={{ border: 1, borderColor: 'divider', minWidth: 0, display: 'flex', flexDirection: 'column', overflow: 'hidden' }}
    >
      <Box
        sx={{
          display: 'flex',
          flexWrap: 'wrap',
          alignItems: 'center',
          columnGap: 1.5,
          rowGap: 0.5,
          paddingInline: { xs: 2, sm: 2.5 },
          paddingBlockStart: 2,
          paddingBlockEnd: 1.25,
        }}
      >
        <Typography variant="h2" id={id}>
          {title}
        </Typography>
        {hint}
        <Box sx={{ flex: 1 }} />
        <FreshnessBadge asOf={asOf} zone={zone} />
        {actions}
      </Box>
      <Box sx={{ paddingInline: flush ? 0 : { xs: 2, sm: 2.5 }, paddingBlockEnd: flush ? 0 : 2.5, minWidth: 0, flex: 1 }}>
        {children}
      </Box>
    </Paper>
  );
}
