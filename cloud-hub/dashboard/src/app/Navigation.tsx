import List from '@mui/material/List';
import ListItem from '@mui/material/ListItem';
import ListItemButton from '@mui/material/ListItemButton';
import ListItemIcon from '@mui/material/ListItemIcon';
import ListItemText from '@mui/material/ListItemText';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'react-router';
import { Icon } from '../ui/icons';
import { to } from './routes';

export function Navigation() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const items = [
    { path: to.overview(), icon: 'overview' as const, label: t('nav.overview'), here: pathname === '/' },
    { path: to.stores(), icon: 'stores' as const, label: t('nav.stores'), here: pathname.startsWith('/stores') },
  ];
  return (
    <List disablePadding sx={{ display: 'grid', gap: 0.5 }}>
      {items.map((item) => (
        <ListItem key={item.path} disablePadding>
          <ListItemButton
            component={Link}
            to={item.path}
            selected={item.here}
            aria-current={item.here ? 'page' : undefined}
            sx={(theme) => ({
              borderRadius: '8px',
              minHeight: 44,
              '&.Mui-selected, &.Mui-selected:hover': {
                backgroundColor: theme.palette.tone.info.soft,
                color: theme.palette.tone.info.text,
              },
            })}
          >
            <ListItemIcon sx={{ minWidth: 36, color: 'inherit' }}>
              <Icon name={item.icon} />
            </ListItemIcon>
            <ListItemText primary={item.label} slotProps={{ primary: { sx: { fontWeight: item.here ? 650 : 500, fontSize: '0.9375rem' } } }} />
          </ListItemButton>
        </ListItem>
      ))}
    </List>
  );
}
