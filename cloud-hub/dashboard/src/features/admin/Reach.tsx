import Checkbox from '@mui/material/Checkbox';
import FormControl from '@mui/material/FormControl';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormGroup from '@mui/material/FormGroup';
import FormHelperText from '@mui/material/FormHelperText';
import FormLabel from '@mui/material/FormLabel';
import Radio from '@mui/material/Radio';
import RadioGroup from '@mui/material/RadioGroup';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useStores } from '../../api';
import { useSession } from '../../app/SessionGate';

/** The stores that somebody, or a key, sees and acts on. */
export interface Reach {
  all: boolean;
  stores: readonly string[];
}

/** A reach of some stores has at least one. */
export function isComplete(reach: Reach): boolean {
  return reach.all || reach.stores.length > 0;
}

export function sameReach(a: Reach, b: Reach): boolean {
  return a.all === b.all && (a.all || [...a.stores].sort().join() === [...b.stores].sort().join());
}

/** In a few words: all, the one by name, or how many. */
export function useReachText(): (reach: Reach) => string {
  const { t } = useTranslation('admin');
  const { data } = useStores();
  return ({ all, stores }) => {
    if (all) return t('reach.all');
    const [only] = stores;
    if (stores.length !== 1 || only === undefined) return t('reach.count', { count: stores.length });
    return data?.stores.find((store) => store.id === only)?.name ?? t('reach.unknown');
  };
}

interface ReachFieldProps {
  value: Reach;
  onChange: (next: Reach) => void;
  /** Say so when no store is chosen. */
  tried: boolean;
}

/** All stores, or the ones that are ticked; nobody can give more than they reach themselves. */
export function ReachField({ value, onChange, tried }: ReachFieldProps) {
  const { t } = useTranslation('admin');
  const { user } = useSession();
  const { data } = useStores();
  const id = useId();
  const stores = data?.stores ?? [];
  const lacks = tried && !isComplete(value);
  const toggle = (store: string, on: boolean) =>
    onChange({ all: false, stores: on ? [...value.stores, store] : value.stores.filter((each) => each !== store) });
  return (
    <FormControl component="fieldset" error={lacks}>
      <FormLabel component="legend" id={id}>
        {t('reach.label')}
      </FormLabel>
      <RadioGroup row aria-labelledby={id} value={value.all ? 'all' : 'some'} onChange={(_, next) => onChange({ ...value, all: next === 'all' })}>
        <FormControlLabel value="all" disabled={!user.all_stores} control={<Radio />} label={t('reach.all')} />
        <FormControlLabel value="some" control={<Radio />} label={t('reach.some')} />
      </RadioGroup>
      {!value.all && (
        <FormGroup sx={{ paddingInlineStart: 1, maxHeight: 220, overflowY: 'auto', flexWrap: 'nowrap' }}>
          {stores.length === 0 && <FormHelperText>{t('reach.noStore')}</FormHelperText>}
          {stores.map((store) => (
            <FormControlLabel
              key={store.id}
              control={<Checkbox checked={value.stores.includes(store.id)} onChange={(_, on) => toggle(store.id, on)} />}
              label={store.name}
            />
          ))}
        </FormGroup>
      )}
      {lacks && <FormHelperText>{t('reach.none')}</FormHelperText>}
    </FormControl>
  );
}
