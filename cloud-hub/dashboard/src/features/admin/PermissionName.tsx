import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useRoles } from '../../api';
import { useMay } from '../../app/SessionGate';

/** A permission with what it lets somebody do, as the hub words it. */
export function PermissionName({ name }: { name: string }) {
  const may = useMay();
  const { data } = useRoles(undefined, { skip: !may('users.read') });
  const meaning = data?.permissions.find((each) => each.permission === name)?.meaning;
  return (
    <Box component="span" sx={{ display: 'block' }}>
      <Box component="span" sx={{ typography: 'body2', fontWeight: 600 }}>
        {name}
      </Box>
      {meaning && (
        <Typography variant="caption" color="textSecondary" component="span" sx={{ display: 'block' }}>
          {meaning}
        </Typography>
      )}
    </Box>
  );
}
