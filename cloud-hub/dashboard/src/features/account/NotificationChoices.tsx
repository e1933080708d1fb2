import Box from '@mui/material/Box';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import Typography from '@mui/material/Typography';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'react-router';
import { useChangePreferences, usePreferences, type Preference } from '../../api';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { Section } from '../../ui/Section';
import { QueryView, RowsSkeleton } from '../../ui/states';

const KNOWN = ['job.finished', 'job.failed', 'report.delivered', 'webhook.off'] as const;
const WAYS = ['in_app', 'mail'] as const;

/** What the person wants to be told, and how; kept at every tick. */
export function NotificationChoices() {
  const { t } = useTranslation('account');
  const query = usePreferences();
  const [change, { error, isLoading }] = useChangePreferences();
  const here = useRef<HTMLDivElement>(null);
  const { hash } = useLocation();
  useEffect(() => {
    if (hash === '#notifications' && query.data) here.current?.scrollIntoView?.();
  }, [hash, query.data]);
  const name = (kind: string) => {
    const known = KNOWN.find((each) => each === kind);
    return known ? t(`told.kind.${known}`) : kind;
  };
  const set = (kind: Preference, way: (typeof WAYS)[number], on: boolean) => void change({ preferencesChange: { kinds: [{ ...kind, [way]: on }] } });
  return (
    <Box ref={here} sx={{ scrollMarginTop: 72 }}>
      <Section title={t('told.title')}>
        <Typography variant="body2" color="textSecondary" sx={{ mb: 1 }}>
          {t('told.lead')}
        </Typography>
        {Boolean(error) && <ProblemAlert error={error} />}
        <QueryView query={query} skeleton={<RowsSkeleton rows={3} />}>
          {(data) => (
            <Box sx={{ display: 'grid', gap: 1 }}>
              {data.kinds.map((each) => (
                <Box key={each.kind} role="group" aria-label={name(each.kind)} sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', columnGap: 2 }}>
                  <Typography variant="body2" sx={{ flex: '1 1 220px', fontWeight: 600 }}>
                    {name(each.kind)}
                  </Typography>
                  {WAYS.map((way) => (
                    <FormControlLabel key={way} control={<Checkbox checked={each[way]} disabled={isLoading} onChange={(_, on) => set(each, way, on)} />} label={t(`told.${way}`)} />
                  ))}
                </Box>
              ))}
            </Box>
          )}
        </QueryView>
      </Section>
    </Box>
  );
}
