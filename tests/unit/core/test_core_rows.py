"""What is known of AWS's global tables, row by row, and the test that holds the world to it."""

import importlib

import pytest

REPLICAS, SETTINGS = "tests.unit.core.test_core_replicas", "tests.unit.core.test_core_settings"
REPLICATION, STRONG = "tests.unit.core.test_core_replication", "tests.unit.core.test_core_strong"
CALLS, CLIENTS = "tests.unit.core.test_core_calls", "tests.rehearsal.test_wire_clients"
TABLES, STRONG_WIRE = "tests.rehearsal.test_tables_wire", "tests.rehearsal.test_replication_strong"

ROWS = {
    # Creating replicas
    "create, wait ACTIVE, one replica at a time, wait for table and replica": [
        (REPLICAS, "a_table_is_creating_then_active_within_seconds"),
        (REPLICAS, "in_flight_every_other_update_is_in_use"),
    ],
    "streams enabled automatically, NEW_AND_OLD_IMAGES; Region and label of the ARN differ": [
        (REPLICAS, "streams_are_enabled_by_a_create_each_region_with_its_own_arn_and_label"),
        (SETTINGS, "a_stream_of_keys_only_stays_so_when_a_replica_is_added"),
        (TABLES, "each_region_lists_the_other_and_has_its_own_arn_id_stream_and_time"),
    ],
    "table need not be empty": [
        (REPLICAS, "what_is_written_while_a_replica_is_created_is_in_it_when_it_is_active"),
    ],
    "empty: 14-49 s": [
        (REPLICAS, "a_replica_of_an_empty_table_is_listed_after_6_seconds_and_active_within_49"),
    ],
    "one item: 494-686 s, base ACTIVE while the replica is CREATING": [
        (REPLICAS, "a_replica_of_one_item_takes_ten_minutes_and_the_base_is_active_meanwhile"),
    ],
    "boto3 TableExists waiter is not enough": [
        (CLIENTS, "the_table_exists_waiter_is_content_while_the_replica_is_still_creating"),
    ],
    "entry appears ~6 s after the 200": [(TABLES, "update_table_answers_with_no_entry_yet")],
    "an aborted Create leaves no entry and no CREATION_FAILED": [
        (REPLICAS, "a_create_that_is_accepted_and_silently_dropped_leaves_no_trace"),
        (TABLES, "a_dropped_create_is_seen_as_a_table_that_is_active_again_without_replicas"),
    ],
    "replica Region answers only DescribeTable while CREATING; data calls ResourceNotFoundException": [
        (REPLICAS, "the_replica_is_creating_in_its_own_region_from_10_seconds_on_and_lists_the_base"),
        (REPLICAS, "while_creating_a_replica_answers_only_describe_table"),
    ],
    "Replicas never lists itself; absent on a regional table": [
        (REPLICAS, "replicas_never_lists_the_region_itself_and_is_absent_from_a_regional_table"),
        (TABLES, "a_regional_table_has_no_member_of_a_global_one"),
    ],
    "ReplicaStatus: CREATING, ACTIVE, DELETING": [
        (REPLICAS, "a_deleted_replica_goes_through_the_measured_states"),
    ],
    "GSIs, TTL, capacity mode, SSE type sync": [
        (SETTINGS, "an_index_added_in_one_region_is_added_in_all_and_to_the_engine"),
        (SETTINGS, "time_to_live_is_synced_and_can_be_changed_once_in_half_an_hour"),
        (SETTINGS, "capacity_mode_is_synced"),
        (SETTINGS, "class_encryption_and_on_demand_limits_are_synced"),
    ],
    "deletion protection, PITR, tags do not: set per Region": [
        (SETTINGS, "deletion_protection_stays_in_its_region_and_holds_the_table_updating"),
        (SETTINGS, "point_in_time_recovery_stays_in_its_region"),
        (SETTINGS, "tags_stay_in_their_region"),
        (TABLES, "settings_of_a_region_are_set_in_that_region"),
    ],
    "source can't be deleted for 24 h after adding a replica": [
        (REPLICAS, "a_source_cannot_be_deleted_for_24_hours_while_its_replica_stands"),
        (REPLICAS, "the_24_hours_are_over_as_soon_as_the_replica_is_gone"),
    ],
    # Literal errors
    "exists already / foreign same-name table / still deleting": [
        (REPLICAS, "the_literal_refusals_of_replica_updates"),
        (REPLICAS, "a_foreign_table_of_the_same_name_refuses_a_replica_and_is_left_alone"),
        (REPLICAS, "re_adding_is_refused_until_the_replicas_region_has_forgotten_the_table"),
    ],
    "own Region; two creates; not a member; disabled opt-in Region": [
        (REPLICAS, "the_literal_refusals_of_replica_updates"),
        (REPLICAS, "two_identical_creates_in_one_call_are_one"),
    ],
    "in flight: ResourceInUseException": [(REPLICAS, "in_flight_every_other_update_is_in_use")],
    "provisioned without autoscaling": [
        (REPLICAS, "a_provisioned_table_takes_no_replica_without_autoscaling"),
    ],
    "MRSC: exactly 3 Regions in one call; no TTL, LSI, transactions": [
        (STRONG, "two_creates_in_one_call_make_three_strong_replicas_in_sixteen_seconds"),
        (STRONG, "one_create_and_a_witness_are_three_regions_too"),
        (STRONG, "what_a_regional_table_refuses"),
        (STRONG, "a_strong_group_is_frozen"),
        (STRONG_WIRE, "transactions_are_not_for_strong_tables"),
    ],
    "ReplicatedWriteConflictException is retryable": [
        (STRONG_WIRE, "two_regions_that_write_one_item_conflict_and_a_retry_succeeds"),
    ],
    "throttling is retried by SDKs": [
        (CLIENTS, "standard_retries_carry_a_client_over_a_few_throttles"),
        (CALLS, "the_control_plane_is_throttled_by_rate"),
    ],
    # IAM
    "a replica needs CreateTableReplica and more in the target Region, and a service-linked role": [
        (CALLS, "a_replica_create_needs_rights_in_the_replicas_region_too"),
        (CALLS, "a_denied_action_answers_with_iams_words"),
    ],
    # Semantics
    "per-item last writer wins on an internal timestamp": [
        (REPLICATION, "of_two_concurrent_writes_the_later_wins_and_the_ledger_names_the_other"),
        (REPLICATION, "a_region_whose_clock_is_behind_loses_concurrent_writes_but_never_its_own_later_ones"),
        (REPLICATION, "whatever_happens_regions_converge_and_the_ledger_is_exact"),
    ],
    "lag about a second; order per item only; the replicator may coalesce": [
        (REPLICATION, "lags_follow_the_distribution_asked_for"),
        (REPLICATION, "of_one_item_an_earlier_write_never_arrives_after_a_later_one"),
        (REPLICATION, "a_pause_holds_one_direction_and_coalesces_and_its_end_delivers_late"),
    ],
    "strong reads are Regional; conditions local": [
        (CLIENTS, "a_write_is_read_strongly_in_its_region_and_later_in_the_other"),
        (CLIENTS, "conditions_look_at_the_region_that_they_are_asked_in"),
    ],
    "transactions atomic in their own Region": [
        (CLIENTS, "a_cancelled_transaction_writes_nothing_anywhere"),
        (CLIENTS, "every_kind_of_write_reaches_the_other_region"),
    ],
    "an isolated Region's writes are held, then merged": [
        (REPLICATION, "writes_to_an_isolated_region_are_held_and_merged_once_it_is_back"),
        (REPLICATION, "an_outage_refuses_and_what_the_region_had_not_sent_is_in_flight_until_it_is_back"),
    ],
}


@pytest.mark.parametrize("row", ROWS)
def test_each_row_is_held_by_a_test(row: str) -> None:
    for module, name in ROWS[row]:
        assert callable(getattr(importlib.import_module(module), f"test_{name}", None)), (module, name)
