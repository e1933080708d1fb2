import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useStores } from '../../api';
import { ADMIN_NEEDS, PAGES } from '../../app/pages';
import { rememberTheme, themeChosen, type ThemeMode } from '../../app/preferences';
import { ADMIN_TABS, to } from '../../app/routes';
import { useMay } from '../../app/SessionGate';
import { useAppDispatch } from '../../app/store';
import type { Entry } from './find';

const MODES: readonly ThemeMode[] = ['light', 'dark', 'system'];

/** Every page, section, store and action that whoever is signed in may go to. */
export function useEntries(): Entry[] {
  const { t } = useTranslation(['tools', 'translation']);
  const may = useMay();
  const navigate = useNavigate();
  const dispatch = useAppDispatch();
  const { data } = useStores(undefined, { skip: !may('stores.read') });
  const go = (path: string) => () => void navigate(path);
  const pages = PAGES.filter((page) => may(...page.needs));
  return [
    ...pages.map(
      (page): Entry => ({ key: page.path, icon: page.icon, label: t(`translation:nav.${page.name}`), hint: t('palette.page'), run: go(page.path) }),
    ),
    ...(data?.stores ?? []).map(
      (store): Entry => ({
        key: store.id,
        icon: 'stores',
        label: store.name,
        hint: store.location.city ? t('palette.storeIn', { city: store.location.city }) : t('palette.store'),
        run: go(to.store(store.id)),
      }),
    ),
    ...ADMIN_TABS.filter((tab) => pages.some((page) => page.name === 'admin') && may(...ADMIN_NEEDS[tab])).map(
      (tab): Entry => ({ key: to.admin(tab), icon: 'shield', label: t(`palette.admin.${tab}`), hint: t('translation:nav.admin'), run: go(to.admin(tab)) }),
    ),
    ...MODES.map(
      (mode): Entry => ({
        key: mode,
        icon: mode,
        label: t(`translation:theme.${mode}`),
        hint: t('translation:theme.label'),
        run: () => {
          dispatch(themeChosen(mode));
          rememberTheme(mode);
        },
      }),
    ),
  ];
}
