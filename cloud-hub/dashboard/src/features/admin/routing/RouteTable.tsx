import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { AlertRoute } from '../../../api';
import { SimpleTable, type Column } from '../../../ui/SimpleTable';
import { StatusChip } from '../../../ui/StatusChip';
import { useRouteText } from './useRouteText';

interface RouteTableProps {
  routes: AlertRoute[];
  busy: boolean;
  onChange: (route: AlertRoute) => void;
  onSwitch: (route: AlertRoute) => void;
  onDrop: (route: AlertRoute) => void;
}

/** Every route, read back in words. */
export function RouteTable({ routes, busy, onChange, onSwitch, onDrop }: RouteTableProps) {
  const { t } = useTranslation('routing');
  const says = useRouteText();
  const columns: Column<AlertRoute>[] = [
    {
      key: 'name',
      label: t('column.name'),
      width: '62%',
      cell: ({ route }) => (
        <Box component="span" sx={{ display: 'block', fontWeight: 650 }}>
          {route.name}
          <Typography variant="body2" color="textSecondary" component="span" sx={{ display: 'block', fontWeight: 400 }}>
            {says.whole(route)}
          </Typography>
        </Box>
      ),
    },
    {
      key: 'state',
      label: t('column.state'),
      cell: ({ route }) => <StatusChip tone={route.enabled === false ? 'quiet' : 'good'}>{t(route.enabled === false ? 'off' : 'on')}</StatusChip>,
    },
    {
      key: 'action',
      label: t('column.action'),
      unlabelled: true,
      cell: (each) => {
        const { name, enabled } = each.route;
        return (
          <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 0.5 }}>
            <Button size="small" aria-label={t('changeNamed', { name })} onClick={() => onChange(each)}>
              {t('change')}
            </Button>
            <Button size="small" disabled={busy} aria-label={t(enabled === false ? 'switchOn' : 'switchOff', { name })} onClick={() => onSwitch(each)}>
              {t(enabled === false ? 'turnOn' : 'turnOff')}
            </Button>
            <Button size="small" color="error" aria-label={t('dropNamed', { name })} onClick={() => onDrop(each)}>
              {t('drop')}
            </Button>
          </Box>
        );
      },
    },
  ];
  return <SimpleTable caption={t('title')} columns={columns} rows={routes} rowKey={(each) => each.id} />;
}
