/** The record types of Cerb that are not kept here: known, so that they can be told from a misspelt one. Pure. */

const prefix = 'cerberusweb.contexts.';

const foreign = new Set(
  `activity_log address attachment automation automation_event automation_resource automation_timer bucket calendar
  calendar_event calendar_event_recurring calendar_recurring_event call card_widget classifier classifier_class
  classifier_entity classifier_example comment community_portal contact currency custom_field custom_fieldset
  custom_record domain draft email_signature feedback file_bundle gpg_private_key gpg_public_key group html_template
  kb_article kb_category mail_delivery_log mail_html_template mail_inbound_log mail_routing_rule mail_transport
  mailbox mailing_list message metric metric_value notification oauth_app opportunity org package portal
  profile_tab profile_widget project_board project_board_column queue queue_message record_changeset reminder
  organization resource role saved_search server snippet task ticket time_entry timetracking toolbar toolbar_section
  webapi_credential webapi_credentials worker workspace workspace_list workspace_page workspace_tab
  workspace_widget workspace_worklist worklist`.split(/\s+/),
);

/** Whether Cerb knows a record type by this full id or name, in any case. */
export function isForeignContext(context: string): boolean {
  const name = context.toLowerCase().replaceAll(' ', '_');
  const bare = name.startsWith(prefix) ? name.slice(prefix.length).replaceAll('.', '_') : name;
  return foreign.has(bare) || foreign.has(bare.replace(/s$/, ''));
}
