import Box from '@mui/material/Box';
import { useEffect, useRef } from 'react';
import { Link } from 'react-router';

interface TabLinksProps {
  label: string;
  items: { to: string; text: string; here: boolean }[];
}

/** Sections of a page that have their own address: links, so that they open, share and go back like links. */
export function TabLinks({ label, items }: TabLinksProps) {
  const list = useRef<HTMLUListElement>(null);
  const here = items.findIndex((item) => item.here);
  // On a narrow screen the row scrolls; the open section is brought into sight.
  useEffect(() => {
    const row = list.current;
    const item = row?.children[here];
    if (!row || !(item instanceof HTMLElement)) return;
    row.scrollTo?.({ left: item.offsetLeft - (row.clientWidth - item.clientWidth) / 2 });
  }, [here]);
  return (
    <Box component="nav" aria-label={label} sx={{ borderBottom: 1, borderColor: 'divider', mb: { xs: 1.5, md: 2 } }}>
      <Box
        component="ul"
        ref={list}
        sx={{ display: 'flex', m: 0, p: 0, listStyle: 'none', overflowX: 'auto', position: 'relative', scrollbarWidth: 'none' }}
      >
        {items.map((item) => (
          <Box component="li" key={item.to} sx={{ flex: 'none' }}>
            <Box
              component={Link}
              to={item.to}
              aria-current={item.here ? 'page' : undefined}
              sx={{
                display: 'flex',
                alignItems: 'center',
                minHeight: 46,
                paddingInline: { xs: 1.75, sm: 2.25 },
                color: item.here ? 'primary.main' : 'text.secondary',
                fontSize: '0.9375rem',
                fontWeight: 600,
                textDecoration: 'none',
                borderBottom: '3px solid',
                borderBottomColor: item.here ? 'primary.main' : 'transparent',
                '&:hover': { color: 'text.primary' },
                '&:focus-visible': { outlineOffset: '-3px' },
              }}
            >
              {item.text}
            </Box>
          </Box>
        ))}
      </Box>
    </Box>
  );
}
