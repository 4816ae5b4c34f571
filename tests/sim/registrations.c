#include "registrations.h"

#define WITHOUT_NUMBER UINT64_MAX

void sim_registrations_write(
    struct sim_registrations *all,
    int from,
    uint8_t key,
    bool by_hand)
{
    for (int node = 0; node < SIM_ROW_NODES_MAX; node++) {
        if ((all->neighbours & UINT64_C(1) << node) == 0) {
            continue;
        }
        if (node == from) {
            all->rows[node][key] = 0;
        } else if (!by_hand) {
            all->rows[node][key] = WITHOUT_NUMBER;
        }
    }
}

void sim_registrations_number(
    struct sim_registrations *all,
    int node,
    uint32_t keys,
    uint64_t base,
    uint64_t number)
{
    for (int key = 0; key < SIM_ROW_KEYS_MAX; key++) {
        uint64_t *row = &all->rows[node][key];

        if (*row > base) { /* WITHOUT_NUMBER is above all */
            *row = keys & 1u << key ? number : WITHOUT_NUMBER;
        }
    }
}

void sim_registrations_confirm(struct sim_registrations *all, int node, uint64_t number)
{
    for (int key = 0; key < SIM_ROW_KEYS_MAX; key++) {
        uint64_t row = all->rows[node][key];

        if (row > 0 && row != WITHOUT_NUMBER && row <= number) {
            all->rows[node][key] = 0;
        }
    }
}

bool sim_registrations_has(const struct sim_registrations *all, int node, uint8_t key)
{
    return all->rows[node][key] > 0;
}
