import List from '@mui/material/List';
import ListItem from '@mui/material/ListItem';
import ListItemButton from '@mui/material/ListItemButton';
import ListItemIcon from '@mui/material/ListItemIcon';
import ListItemText from '@mui/material/ListItemText';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'react-router';
import { Icon } from '../ui/icons';
import { isWithin, PAGES } from './pages';
import { useMay } from './SessionGate';

/** The pages somebody may see. */
export function Navigation() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const may = useMay();
  return (
    <List disablePadding sx={{ display: 'grid', gap: 0.5 }}>
      {PAGES.filter((page) => page.main && may(...page.needs)).map((page) => {
        const here = isWithin(page, pathname);
        return (
          <ListItem key={page.path} disablePadding>
            <ListItemButton
              component={Link}
              to={page.path}
              selected={here}
              aria-current={here ? 'page' : undefined}
              sx={(theme) => ({
                borderRadius: '8px',
                minHeight: 44,
                // The longest name, in bold, stands on one line.
                paddingInline: 1.5,
                '&.Mui-selected, &.Mui-selected:hover': {
                  backgroundColor: theme.palette.tone.info.soft,
                  color: theme.palette.tone.info.text,
                },
              })}
            >
              <ListItemIcon sx={{ minWidth: 36, color: 'inherit' }}>
                <Icon name={page.icon} />
              </ListItemIcon>
              <ListItemText primary={t(`nav.${page.name}`)} slotProps={{ primary: { sx: { fontWeight: here ? 650 : 500, fontSize: '0.9375rem' } } }} />
            </ListItemButton>
          </ListItem>
        );
      })}
    </List>
  );
}
