//! `sales_teams.csv`: territories, managers, agents and one team per manager.

use super::held::Held;
use super::names::Names;
use super::plan::{Planned, fields, id_value};
use super::report::{Place, Report};
use super::source::Row;
use fieldbook_domain::ids::RecordId;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const FILE: &str = "sales_teams.csv";
pub(super) const COLUMNS: &[&str] = &["sales_agent", "manager", "regional_office"];

/// Plans the people; gives the users that may look after something, by name.
pub(super) fn plan(rows: &[Row], held: &Held, planned: &mut Vec<Planned>, report: &mut Report) -> Names<RecordId> {
    let agents = agents(rows, report);
    let mut people = People { held, planned, report, missing: BTreeSet::new() };
    let territories = people.territories(&agents);
    let managers = people.managers(&agents, &territories);
    let mut users = Names::default();
    for (name, id) in &managers {
        users.add(name, *id);
    }
    let mut teams: BTreeMap<&str, (Place, Vec<RecordId>)> = BTreeMap::new();
    for agent in &agents {
        let Some(id) = people.agent(agent, &managers, &territories) else { continue };
        users.add(agent.name, id);
        teams.entry(agent.manager).or_insert_with(|| (agent.place, Vec::new())).1.push(id);
    }
    for (manager, (place, members)) in teams {
        people.team(manager, managers.get(manager).copied(), &members, place);
    }
    people.say_what_is_missing();
    users.fill(held.records("user"));
    users
}

/// One well-formed row.
struct Agent<'r> {
    name: &'r str,
    manager: &'r str,
    office: &'r str,
    place: Place,
}

fn agents<'r>(rows: &'r [Row], report: &mut Report) -> Vec<Agent<'r>> {
    let mut agents: Vec<Agent<'r>> = Vec::new();
    let mut lines: BTreeMap<&str, u64> = BTreeMap::new();
    for row in rows {
        let read = || {
            let name = row.needed("sales_agent")?;
            let agent = Agent { name, manager: row.needed("manager")?, office: row.needed("regional_office")?, place: row.place };
            match lines.get(name) {
                Some(line) => Err(format!("sales_agent \"{name}\" is in line {line} already")),
                None => Ok(agent),
            }
        };
        match read() {
            Ok(agent) => {
                lines.insert(agent.name, row.place.line);
                agents.push(agent);
            }
            Err(reason) => report.reject(row.place, reason),
        }
    }
    agents
}

struct People<'a> {
    held: &'a Held,
    planned: &'a mut Vec<Planned>,
    report: &'a mut Report,
    missing: BTreeSet<String>,
}

impl People<'_> {
    fn territories<'r>(&mut self, agents: &[Agent<'r>]) -> BTreeMap<&'r str, RecordId> {
        let mut territories = BTreeMap::new();
        for agent in agents {
            if territories.contains_key(agent.office) {
                continue;
            }
            let Some(id) = self.settle("territory", agent.office) else { continue };
            let named = fields([("name", Value::from(agent.office))]);
            self.planned.push(Planned::mentioned("territory", id, named, agent.place));
            territories.insert(agent.office, id);
        }
        territories
    }

    fn managers<'r>(&mut self, agents: &[Agent<'r>], territories: &BTreeMap<&'r str, RecordId>) -> BTreeMap<&'r str, RecordId> {
        let mut managers: BTreeMap<&str, RecordId> = BTreeMap::new();
        let mut offices: BTreeMap<&str, &str> = BTreeMap::new();
        for agent in agents {
            let office = *offices.entry(agent.manager).or_insert(agent.office);
            if office != agent.office {
                let message = format!("{} manages in {office} and {}; kept in {office}", agent.manager, agent.office);
                self.report.warn(agent.place, &message);
            }
            if managers.contains_key(agent.manager) {
                continue;
            }
            let Some(id) = self.settle("user", agent.manager) else { continue };
            let person = user(agent.manager, "manager", None, territories.get(office).copied());
            // A manager who also sells has a row of their own.
            let own = agents.iter().find(|other| other.name == agent.manager);
            let place = own.map_or(agent.place, |own| own.place);
            self.planned.push(Planned { own: own.is_some(), ..Planned::mentioned("user", id, person, place) });
            managers.insert(agent.manager, id);
        }
        managers
    }

    fn agent(
        &mut self,
        agent: &Agent<'_>,
        managers: &BTreeMap<&str, RecordId>,
        territories: &BTreeMap<&str, RecordId>,
    ) -> Option<RecordId> {
        if let Some(id) = managers.get(agent.name) {
            let message = format!("{} sells and manages; kept as a manager", agent.name);
            self.report.warn(agent.place, &message);
            return Some(*id);
        }
        let Some(id) = self.held.settle("user", agent.name) else {
            let reason = format!("{} has no user here, and only an administrator's import creates users", agent.name);
            self.report.reject(agent.place, reason);
            return None;
        };
        let manager = managers.get(agent.manager).copied();
        let person = user(agent.name, "rep", manager, territories.get(agent.office).copied());
        self.planned.push(Planned::of_row("user", id, person, agent.place));
        Some(id)
    }

    fn team(&mut self, manager: &str, lead: Option<RecordId>, members: &[RecordId], place: Place) {
        let name = format!("Team {manager}");
        let Some(id) = self.settle("team", &name) else { return };
        let members: Vec<Value> = lead
            .iter()
            .filter(|lead| !members.contains(lead))
            .chain(members)
            .map(|user| json!({ "id": id.derived(&format!("member/{user}")), "user": user }))
            .collect();
        let mut team = fields([("name", Value::from(name)), ("manager", lead.map_or(Value::Null, id_value))]);
        team.insert("members".into(), Value::Array(members));
        self.planned.push(Planned::mentioned("team", id, team, place));
    }

    fn settle(&mut self, kind: &'static str, name: &str) -> Option<RecordId> {
        let id = self.held.settle(kind, name);
        if id.is_none() {
            self.missing.insert(format!("{kind} {name}"));
        }
        id
    }

    fn say_what_is_missing(self) {
        if self.missing.is_empty() {
            return;
        }
        let count = self.missing.len();
        let names: Vec<String> = self.missing.into_iter().collect();
        let message = format!("only an administrator's import creates what is missing here: {}", names.join(", "));
        self.report.warn_of_file(FILE, message, count);
    }
}

fn user(name: &str, role: &str, manager: Option<RecordId>, territory: Option<RecordId>) -> serde_json::Map<String, Value> {
    fields([
        ("name", Value::from(name)),
        ("email", Value::from(email(name))),
        ("role", Value::from(role)),
        ("manager", manager.map_or(Value::Null, id_value)),
        ("territory", territory.map_or(Value::Null, id_value)),
    ])
}

/// The file has no addresses; a made-up one is equal on every phone and reaches nobody.
fn email(name: &str) -> String {
    let words = name.split_whitespace().map(|word| word.chars().filter(|c| c.is_alphanumeric() || *c == '-').collect::<String>());
    let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
    let name = if words.is_empty() { "nobody".to_owned() } else { words.join(".").to_lowercase() };
    format!("{name}@example.com")
}

#[cfg(test)]
mod tests {
    use super::email;

    #[test]
    fn an_address_is_made_of_first_and_last_name() {
        assert_eq!(email("Mei-Mei Johns"), "mei-mei.johns@example.com");
        assert_eq!(email("Donn O'Hara"), "donn.ohara@example.com");
    }
}
