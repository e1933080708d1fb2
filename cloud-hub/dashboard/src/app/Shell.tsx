import AppBar from '@mui/material/AppBar';
import Box from '@mui/material/Box';
import Drawer from '@mui/material/Drawer';
import IconButton from '@mui/material/IconButton';
import Toolbar from '@mui/material/Toolbar';
import { Suspense, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Outlet, useLocation, useSearchParams } from 'react-router';
import { lazyPage } from '../i18n/lazyPage';
import { Icon } from '../ui/icons';
import { Logo } from '../ui/Logo';
import { Bell } from './Bell';
import { ConnectionChip, LinkBanner, UpgradeNotice } from './ConnectionChip';
import { LanguageMenu, ThemeMenu, UserMenu } from './menus';
import { Navigation } from './Navigation';
import { PaletteKey } from './PaletteKey';
import { ScopePicker } from './ScopePicker';
import { StepUp } from './StepUp';

const SsoNote = lazyPage('entry', () => import('../features/session/SsoNote'));
const RAIL = 216;

/** Header, navigation and the page. */
export function Shell() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const [open, setOpen] = useState(false);
  const page = pathname.split('/').slice(0, 3).join('/');
  const first = useRef(true);

  // A new page starts at its top; its heading takes the focus (see PageHeader).
  useEffect(() => {
    setOpen(false);
    if (first.current) {
      first.current = false;
      return;
    }
    window.scrollTo({ top: 0 });
  }, [page]);

  return (
    <Box sx={{ display: 'flex', minHeight: '100dvh' }}>
      <Box
        component="a"
        href="#content"
        sx={{
          position: 'fixed',
          insetInlineStart: 8,
          top: -80,
          zIndex: 2000,
          p: 1.5,
          borderRadius: 1,
          bgcolor: 'primary.main',
          color: 'primary.contrastText',
          '&:focus': { top: 8 },
        }}
      >
        {t('nav.skip')}
      </Box>
      <Box
        component="nav"
        aria-label={t('nav.label')}
        sx={{
          display: { xs: 'none', md: 'block' },
          width: RAIL,
          flex: 'none',
          bgcolor: 'background.paper',
          borderInlineEnd: (theme) => `1px solid ${theme.palette.divider}`,
          position: 'sticky',
          top: 0,
          alignSelf: 'flex-start',
          height: '100dvh',
          p: 1.5,
        }}
      >
        <Box sx={{ p: 1, pb: 2.5 }}>
          <Logo />
        </Box>
        <Navigation />
      </Box>
      <Drawer
        open={open}
        onClose={() => setOpen(false)}
        slotProps={{ paper: { 'aria-label': t('nav.label'), sx: { width: 260, p: 1.5 } } }}
        sx={{ display: { md: 'none' } }}
      >
        <Box sx={{ p: 1, pb: 2.5, display: 'flex', justifyContent: 'space-between', alignItems: 'center' }}>
          <Logo />
          <IconButton onClick={() => setOpen(false)} aria-label={t('nav.close')}>
            <Icon name="close" />
          </IconButton>
        </Box>
        <Box component="nav" aria-label={t('nav.label')}>
          <Navigation />
        </Box>
      </Drawer>
      <Box sx={{ flex: 1, minWidth: 0, display: 'flex', flexDirection: 'column' }}>
        <AppBar
          position="sticky"
          color="inherit"
          elevation={0}
          sx={{ bgcolor: 'background.paper', borderBottom: 1, borderColor: 'divider' }}
        >
          <Toolbar disableGutters sx={{ gap: { xs: 0.25, sm: 1 }, paddingInline: { xs: 1, sm: 2, md: 3 }, minHeight: { xs: 56 } }}>
            <IconButton
              onClick={() => setOpen(true)}
              aria-label={t('nav.open')}
              aria-expanded={open}
              sx={{ display: { md: 'none' } }}
            >
              <Icon name="menu" />
            </IconButton>
            <ScopePicker />
            <Box sx={{ flex: 1 }} />
            <ConnectionChip />
            <Bell />
            <PaletteKey />
            <LanguageMenu />
            <ThemeMenu />
            <UserMenu />
          </Toolbar>
        </AppBar>
        <LinkBanner />
        <StepUp />
        <UpgradeNotice />
        <Box
          component="main"
          id="content"
          tabIndex={-1}
          sx={{
            flex: 1,
            width: '100%',
            maxWidth: 1480,
            marginInline: 'auto',
            paddingInline: { xs: 1.5, sm: 2, md: 3 },
            paddingBlock: { xs: 2, md: 3 },
            '&:focus': { outline: 'none' },
            '& #page-title:focus': { outline: 'none' },
          }}
        >
          <BackFromService />
          <Outlet />
        </Box>
      </Box>
    </Box>
  );
}

/** A way over a sign-in service that failed leads here, with a word that says why. */
function BackFromService() {
  const [params, setParams] = useSearchParams();
  const word = params.get('sso');
  if (!word) return null;
  const close = () =>
    setParams(
      (before) => {
        before.delete('sso');
        return before;
      },
      { replace: true },
    );
  return (
    <Suspense fallback={null}>
      <SsoNote word={word} onClose={close} />
    </Suspense>
  );
}
