/* Waiting without burning a core: a few looks at once, then longer and longer naps.
 * Room: cluster. */
#ifndef BF_CLUSTER_NAP_H
#define BF_CLUSTER_NAP_H

/** All zero is a fresh wait; zero it again whenever what was waited for has come. */
typedef struct bf_nap {
  unsigned n_looks;
  double pause_s;  /**< length of the last nap */
  double waited_s; /**< length of all naps of this wait */
} bf_nap;

/**
 * @brief Called after a look that found nothing. The first 8 return at once, later ones sleep 20
 * us, half as long again each time, up to 1 ms; after 25 ms up to a twenty-fifth of the wait so
 * far, at most 5 ms.
 */
void bf_nap_take(bf_nap *nap);

#endif
