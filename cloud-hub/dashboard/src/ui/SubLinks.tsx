import Box from '@mui/material/Box';
import { Link } from 'react-router';

interface SubLinksProps {
  label: string;
  items: { to: string; text: string; here: boolean }[];
}

/** The sections below a section: links, set smaller than the row that they belong to. They wrap where it is narrow. */
export function SubLinks({ label, items }: SubLinksProps) {
  return (
    <Box component="nav" aria-label={label} sx={{ mb: { xs: 1.5, md: 2 } }}>
      <Box component="ul" sx={{ display: 'flex', flexWrap: 'wrap', gap: 0.75, m: 0, p: 0, listStyle: 'none' }}>
        {items.map((item) => (
          <Box component="li" key={item.to}>
            <Box
              component={Link}
              to={item.to}
              aria-current={item.here ? 'page' : undefined}
              sx={{
                display: 'inline-flex',
                alignItems: 'center',
                minHeight: { xs: 44, sm: 36 },
                paddingInline: 1.75,
                borderRadius: 999,
                border: 1,
                borderColor: item.here ? 'primary.main' : 'divider',
                bgcolor: 'background.paper',
                color: item.here ? 'primary.main' : 'text.secondary',
                typography: 'body2',
                fontWeight: 600,
                textDecoration: 'none',
                '&:hover': { color: 'text.primary' },
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
