import Box from '@mui/material/Box';
import Skeleton from '@mui/material/Skeleton';

/** While a page's own code is on its way. */
export function PageSkeleton() {
  return (
    <Box aria-busy="true">
      <Skeleton width={220} height={40} />
      <Skeleton variant="rounded" height={120} sx={{ mt: 2 }} />
      <Skeleton variant="rounded" height={320} sx={{ mt: 2 }} />
    </Box>
  );
}
