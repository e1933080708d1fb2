import IconButton from '@mui/material/IconButton';
import ListItemIcon from '@mui/material/ListItemIcon';
import ListItemText from '@mui/material/ListItemText';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import Divider from '@mui/material/Divider';
import { useTheme } from '@mui/material/styles';
import useMediaQuery from '@mui/material/useMediaQuery';
import { useId, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { useLogout } from '../api';
import { baseApi } from '../api/base';
import { LANGUAGES, setLanguage } from '../i18n';
import { Icon, type IconName } from '../ui/icons';
import { Tip } from '../ui/Tip';
import { rememberTheme, themeChosen, type ThemeMode } from './preferences';
import { to } from './routes';
import { useSession } from './SessionGate';
import { useAppDispatch, useAppSelector } from './store';
import { rememberSession } from './warm';

function MenuButton({ icon, label, children }: { icon: IconName; label: string; children: (close: () => void) => ReactNode }) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const id = useId();
  const close = () => setAnchor(null);
  return (
    <>
      <Tip text={label}>
        <IconButton
          aria-label={label}
          aria-haspopup="menu"
          aria-expanded={anchor ? true : undefined}
          aria-controls={anchor ? id : undefined}
          onClick={(event) => setAnchor(event.currentTarget)}
        >
          <Icon name={icon} />
        </IconButton>
      </Tip>
      <Menu id={id} anchorEl={anchor} open={Boolean(anchor)} onClose={close} slotProps={{ list: { 'aria-label': label } }}>
        {children(close)}
      </Menu>
    </>
  );
}

function useThemeItems() {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const chosen = useAppSelector((state) => state.preferences.theme);
  const modes: { mode: ThemeMode; icon: IconName }[] = [
    { mode: 'light', icon: 'light' },
    { mode: 'dark', icon: 'dark' },
    { mode: 'system', icon: 'system' },
  ];
  const icon = modes.find(({ mode }) => mode === chosen)?.icon ?? 'system';
  const items = (close: () => void) =>
    modes.map(({ mode, icon: each }) => (
      <MenuItem
        key={mode}
        role="menuitemradio"
        aria-checked={mode === chosen}
        selected={mode === chosen}
        onClick={() => {
          dispatch(themeChosen(mode));
          rememberTheme(mode);
          close();
        }}
      >
        <ListItemIcon>
          <Icon name={each} />
        </ListItemIcon>
        <ListItemText>{t(`theme.${mode}`)}</ListItemText>
      </MenuItem>
    ));
  return { icon, items };
}

export function ThemeMenu() {
  const { t } = useTranslation();
  const { icon, items } = useThemeItems();
  if (useNarrow()) return null;
  return (
    <MenuButton icon={icon} label={t('theme.label')}>
      {items}
    </MenuButton>
  );
}

export function LanguageMenu() {
  const { t, i18n } = useTranslation();
  if (useNarrow()) return null;
  return (
    <MenuButton icon="language" label={t('language.label')}>
      {(close) => languageItems(i18n.language, close)}
    </MenuButton>
  );
}

/** Not hidden by style: a menu would try to focus an item that nobody can see. */
export function useNarrow(): boolean {
  return useMediaQuery(useTheme().breakpoints.down('sm'));
}

function languageItems(current: string, close: () => void) {
  return Object.entries(LANGUAGES).map(([code, language]) => (
    <MenuItem
      key={code}
      lang={code}
      role="menuitemradio"
      aria-checked={code === current}
      selected={code === current}
      onClick={() => {
        void setLanguage(code);
        close();
      }}
    >
      {language.name}
    </MenuItem>
  ));
}

export function UserMenu() {
  const { t, i18n } = useTranslation();
  const { user } = useSession();
  const narrow = useNarrow();
  const themes = useThemeItems();
  const [logout] = useLogout();
  const dispatch = useAppDispatch();
  const navigate = useNavigate();
  return (
    <MenuButton icon="person" label={t('user.label')}>
      {(close) => [
        <MenuItem key="who" disabled sx={{ maxWidth: 280, '&.Mui-disabled': { opacity: 1 } }}>
          <ListItemText
            primary={user.email}
            secondary={t(`role.${user.role}`)}
            slotProps={{ primary: { sx: { fontWeight: 600, whiteSpace: 'normal' } } }}
          />
        </MenuItem>,
        <Divider key="line" component="li" />,
        // On a phone the header has no room for language and theme: they live here.
        ...(narrow ? [...languageItems(i18n.language, close), ...themes.items(close)] : []),
        <MenuItem key="account" component={Link} to={to.account()} onClick={close}>
          {t('nav.account')}
        </MenuItem>,
        <MenuItem
          key="out"
          onClick={async () => {
            close();
            await logout();
            rememberSession(false);
            dispatch(baseApi.util.resetApiState());
            await navigate(to.login(), { replace: true });
          }}
        >
          {t('user.signOut')}
        </MenuItem>,
      ]}
    </MenuButton>
  );
}
