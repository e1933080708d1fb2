import Button from '@mui/material/Button';
import Box from '@mui/material/Box';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation, useNavigate } from 'react-router';
import { useStores } from '../api';
import { Icon } from '../ui/icons';
import { isStoreTab, to } from './routes';

/** What the page is about: every store, or one. Changing it keeps the tab that is open. */
export function ScopePicker() {
  const { t } = useTranslation();
  const { data } = useStores();
  const navigate = useNavigate();
  const menuId = useId();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const [, section, id, tab] = useLocation().pathname.split('/');
  const stores = data?.stores ?? [];
  const current = section === 'stores' ? stores.find((store) => store.id === id) : undefined;
  const choose = (path: string) => {
    setAnchor(null);
    void navigate(path);
  };
  const name = current?.name ?? t('scope.all');
  return (
    <>
      <Button
        color="inherit"
        aria-label={t('scope.label', { name })}
        aria-haspopup="menu"
        aria-expanded={anchor ? true : undefined}
        aria-controls={anchor ? menuId : undefined}
        onClick={(event) => setAnchor(event.currentTarget)}
        endIcon={<Icon name="expand" />}
        sx={{ minWidth: 72, fontSize: '0.9375rem', paddingInline: 1 }}
      >
        <Box component="span" sx={{ maxWidth: { xs: 108, sm: 260 }, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }}>
          {name}
        </Box>
      </Button>
      <Menu id={menuId} anchorEl={anchor} open={Boolean(anchor)} onClose={() => setAnchor(null)} slotProps={{ list: { 'aria-label': t('scope.menu') } }}>
        <MenuItem role="menuitemradio" aria-checked={!current} selected={!current} onClick={() => choose(to.overview())}>
          {t('scope.all')}
        </MenuItem>
        {stores.map((store) => (
          <MenuItem
            key={store.id}
            role="menuitemradio"
            aria-checked={store === current}
            selected={store === current}
            onClick={() => choose(to.store(store.id, isStoreTab(tab) ? tab : 'live'))}
          >
            {store.name}
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}
