import Box from '@mui/material/Box';
import { useState, type ReactNode } from 'react';

/** A word of explanation under what it explains, for pointer and keyboard; Escape takes it away. It may hold nothing that is said nowhere else. */
export function Tip({ text, children }: { text: string; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <Box
      component="span"
      onMouseEnter={() => setOpen(true)}
      onMouseLeave={() => setOpen(false)}
      onFocus={(event) => setOpen(event.target.matches(':focus-visible'))}
      onBlur={() => setOpen(false)}
      onClick={() => setOpen(false)}
      onKeyDown={(event) => event.key === 'Escape' && setOpen(false)}
      sx={{ position: 'relative', display: 'inline-flex' }}
    >
      {children}
      {open && (
        <Box
          component="span"
          role="tooltip"
          sx={{
            position: 'absolute',
            top: '100%',
            insetInlineEnd: 0,
            // The bridge that lets the pointer move from the one to the other.
            paddingBlockStart: '6px',
            zIndex: 'tooltip',
            width: 'max-content',
            maxWidth: 260,
          }}
        >
          <Box
            component="span"
            sx={{ display: 'block', px: 1.25, py: 0.75, borderRadius: '6px', bgcolor: 'text.primary', color: 'background.paper', fontSize: '0.8125rem', fontWeight: 500, lineHeight: 1.4 }}
          >
            {text}
          </Box>
        </Box>
      )}
    </Box>
  );
}
